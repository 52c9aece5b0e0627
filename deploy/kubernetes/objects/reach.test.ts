import assert from "node:assert/strict";
import { test } from "node:test";
import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";
import { openClone } from "../../clone.ts";
import { readResolved } from "../compose/resolved.ts";
import { type Labels, type Manifest, manifestsOf, podLabels, selects } from "../rules/manifest.ts";
import { policiesOf } from "./reach.ts";

const { root } = openClone();
const { model } = readResolved();

/** The other end of a connection: a tier's pod, or an address outside of the cluster. */
const OUTSIDE = "outside";
/** The cluster's own name server: CoreDNS in pods, and the cache of a node. */
const NAME_SERVER = "coredns";
const NODE_CACHE = "node-cache";
/** Pods of the cluster's namespace that are no name server. */
const OTHERS_OF_SYSTEM = "kube-proxy";

const SYSTEM = { "kubernetes.io/metadata.name": "kube-system" };
/** The namespace and the labels of pods that are not ours, and the address of what is no pod. */
const FOREIGN: Readonly<Record<string, { namespace: Labels; labels: Labels } | string>> = {
  [OUTSIDE]: "203.0.113.7",
  [NODE_CACHE]: "169.254.20.10",
  [NAME_SERVER]: { namespace: SYSTEM, labels: { "k8s-app": "kube-dns" } },
  [OTHERS_OF_SYSTEM]: { namespace: SYSTEM, labels: { "k8s-app": "kube-proxy" } },
};

/** Whether a peer of a rule is the other end. Without a namespaceSelector it is one of our own namespace. */
function isPeer(all: readonly Manifest[], peer: INetworkPolicyPeer, other: string): boolean {
  const { ipBlock, namespaceSelector, podSelector } = peer;
  const foreign = FOREIGN[other];
  if (typeof foreign === "string") {
    return ipBlock?.cidr === "0.0.0.0/0" || ipBlock?.cidr === `${foreign}/32`;
  }
  if (ipBlock !== undefined) return false;
  const fits = (labels: Labels) => podSelector === undefined || selects(podSelector, labels);
  if (foreign === undefined) return namespaceSelector === undefined && fits(labelsOf(all, other));
  return selects(namespaceSelector, foreign.namespace) && fits(foreign.labels);
}

type Way = "ingress" | "egress";

/** Whether the policies of the pods of `tier` let a connection to a port of `other` pass, or one of it. */
function passes(all: readonly Manifest[], way: Way, tier: string, other: string, port: number) {
  const labels = labelsOf(all, tier);
  const type = way === "ingress" ? "Ingress" : "Egress";
  const policies = all
    .filter(({ kind }) => kind === "NetworkPolicy")
    .map(({ spec }) => spec as INetworkPolicySpec)
    .filter(
      ({ podSelector, policyTypes }) =>
        selects(podSelector, labels) && policyTypes?.includes(type) === true,
    );
  if (policies.length === 0) return true;
  return policies.some((policy) =>
    (policy[way] ?? []).some((rule) => {
      const peers = "from" in rule ? rule.from : "to" in rule ? rule.to : undefined;
      const isPort = rule.ports?.some((each) => each.port === port) ?? true;
      return isPort && (peers?.some((peer) => isPeer(all, peer, other)) ?? true);
    }),
  );
}

function labelsOf(all: readonly Manifest[], tier: string) {
  const workload = all.find(
    ({ spec, metadata }) => spec?.template !== undefined && metadata.name === tier,
  );
  return podLabels(workload ?? assert.fail(`no pods of ${tier}`));
}

function reaches(all: readonly Manifest[], from: string, to: string, port: number): boolean {
  const out = from === OUTSIDE || passes(all, "egress", from, to, port);
  return out && (to === OUTSIDE || passes(all, "ingress", to, from, port));
}

const TIERS = ["web", "app", "jobs", "migrate", "assets"];

/** Every connection that may be made, as "from to:port". */
function ways(overlay: "local" | "production"): string[] {
  const all = manifestsOf(model, root, overlay);
  const pods = overlay === "local" ? [...TIERS, "db"] : TIERS;
  const ports = [53, 80, 5432, 8000, 8080, 8443, 9100, 9200];
  return [OUTSIDE, ...pods].flatMap((from) =>
    [OUTSIDE, ...pods]
      .filter((to) => to !== from)
      .flatMap((to) =>
        ports.filter((port) => reaches(all, from, to, port)).map((port) => `${from} ${to}:${port}`),
      ),
  );
}

test("on one machine as in Compose: who shares no network reaches nothing", () => {
  assert.deepEqual(ways("local"), [
    ...["outside web:8080", "outside web:8443"],
    ...["web app:8000", "web app:9200"],
    ...["app db:5432", "jobs db:5432", "migrate db:5432"],
  ]);
});

test("with a database elsewhere its port is the only way out", () => {
  assert.deepEqual(ways("production"), [
    ...["outside web:8080", "outside web:8443"],
    ...["web app:8000", "web app:9200"],
    ...["app outside:5432", "jobs outside:5432", "migrate outside:5432"],
  ]);
});

test("names are asked by those that have somebody to reach", () => {
  const all = manifestsOf(model, root, "local");
  for (const server of [NAME_SERVER, NODE_CACHE]) {
    const ask = [...TIERS, "db"].filter((tier) => passes(all, "egress", tier, server, 53));
    assert.deepEqual(ask, ["web", "app", "jobs", "migrate"]);
  }
});

test("names are asked of the cluster's own name server, and of nothing else", () => {
  const all = manifestsOf(model, root, "local");
  for (const [other, port] of [
    [OUTSIDE, 53],
    [OTHERS_OF_SYSTEM, 53],
    ["app", 53],
    [NAME_SERVER, 9153],
  ] as const) {
    const ask = TIERS.filter((tier) => tier !== other && passes(all, "egress", tier, other, port));
    assert.deepEqual(ask, [], `${other}:${port}`);
  }
});

test("networks that Compose has open, and others that share what web and app have alone, stop the generator", () => {
  for (const network of ["back", "data"]) {
    const networks = { ...model.networks, [network]: { internal: false } };
    assert.throws(
      () => policiesOf({ ...model, networks }),
      new RegExp(`the network ${network} is not internal`),
    );
  }
  const { jobs } = model.services;
  assert.ok(jobs);
  const open = { ...jobs, networks: { ...jobs.networks, back: null } };
  assert.throws(
    () => policiesOf({ ...model, services: { ...model.services, jobs: open } }),
    /share the network back: it is web's and app's/,
  );
});
