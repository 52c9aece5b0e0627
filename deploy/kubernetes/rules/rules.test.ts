import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openClone } from "../../clone.ts";
import { readResolved } from "../compose/resolved.ts";
import { type Manifest, manifestsOf } from "./manifest.ts";
import { breaches, RULES } from "./rules.ts";

const { root } = openClone();
const { model } = readResolved();

/** Where an object is changed, and to what; undefined removes. Or an object that is added. */
type Break =
  | readonly [object: string, path: readonly string[], value?: unknown]
  | { readonly add: Manifest };

const POD = ["spec", "template", "spec"];
const CONTAINER = [...POD, "containers", "0"];
const NAME = ["matchLabels", "app.kubernetes.io/name"];

const autoscaler = (name: string): Manifest => ({
  kind: "HorizontalPodAutoscaler",
  metadata: { name },
  spec: { scaleTargetRef: { kind: "Deployment", name }, minReplicas: 2 },
});

/** A container that only prepares its pod, as safe as the others, with this in place of the same of its own. */
function initContainer(change: object): Break {
  const app = manifestsOf(model, root, "local").find(
    ({ kind, metadata }) => kind === "Deployment" && metadata.name === "app",
  );
  const [own] = app?.spec?.template?.spec.containers ?? [];
  assert.ok(own);
  const { startupProbe, readinessProbe, livenessProbe, ...others } = own;
  return ["Deployment app", [...POD, "initContainers"], [{ ...others, name: "first", ...change }]];
}

const SAFE = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** More breaks of some rules: each part of one, and what is only in a container that prepares its pod. */
const MORE: readonly (readonly [rule: string, change: Break])[] = [
  ["a user that is not root", ["Deployment app", [...POD, "securityContext", "runAsNonRoot"]]],
  ["a user that is not root", ["Job migrate", [...POD, "securityContext", "runAsGroup"], 0]],
  [
    "a user that is not root",
    ["StatefulSet db", [...CONTAINER, "securityContext", "runAsUser"], 0],
  ],
  [
    "a user that is not root",
    ["Deployment web", [...CONTAINER, "securityContext", "runAsNonRoot"], false],
  ],
  ["a user that is not root", initContainer({ securityContext: { ...SAFE, runAsUser: 0 } })],
  ["a fixed image", initContainer({ image: "busybox" })],
  [
    "limits",
    initContainer({ resources: { requests: { cpu: 1, memory: 1, "ephemeral-storage": 1 } } }),
  ],
  [
    "a read-only root",
    initContainer({ securityContext: { ...SAFE, readOnlyRootFilesystem: false } }),
  ],
  ["no capability", initContainer({ securityContext: { ...SAFE, capabilities: {} } })],
  ["no new privileges", initContainer({ securityContext: { ...SAFE, privileged: true } })],
  ["no secret in a variable", initContainer({ env: [{ name: "API_KEY", value: "0123" }] })],
];

/** For each rule what breaks it, and nothing else. */
const BROKEN: Readonly<Record<string, Break>> = {
  "a fixed image": ["Deployment app", [...CONTAINER, "image"], "gatehouse/app:latest"],
  requests: ["Job migrate", [...CONTAINER, "resources", "requests", "memory"]],
  limits: ["Deployment web", [...CONTAINER, "resources", "limits", "cpu"]],
  "a read-only root": [
    "StatefulSet db",
    [...CONTAINER, "securityContext", "readOnlyRootFilesystem"],
    false,
  ],
  "no capability": [
    "Deployment web",
    [...CONTAINER, "securityContext", "capabilities", "add"],
    ["NET_BIND_SERVICE"],
  ],
  "no new privileges": [
    "Deployment app",
    [...CONTAINER, "securityContext", "allowPrivilegeEscalation"],
  ],
  "a user that is not root": ["Deployment app", [...POD, "securityContext", "runAsUser"], 0],
  seccomp: ["Deployment app", [...POD, "securityContext", "seccompProfile", "type"], "Unconfined"],
  "no token of the cluster": ["Job assets", [...POD, "automountServiceAccountToken"]],
  "no variables of Services": ["Deployment app", [...POD, "enableServiceLinks"]],
  "no access to the host": ["Deployment web", [...POD, "hostNetwork"], true],
  "three probes": ["Deployment app", [...CONTAINER, "startupProbe"]],
  "probes that differ": [
    "Deployment app",
    [...CONTAINER, "livenessProbe"],
    { httpGet: { path: "/readyz", port: "admin" }, periodSeconds: 5, failureThreshold: 2 },
  ],
  "time to stop": ["Deployment web", [...POD, "terminationGracePeriodSeconds"], 15],
  "variables that are set once": [
    "Deployment web",
    [...CONTAINER, "env"],
    [{ name: "A" }, { name: "A" }],
  ],
  "no secret in a variable": [
    "ConfigMap app-settings",
    ["data", "DATABASE_URL"],
    "postgres://site:secret@db:5432/it",
  ],
  "a selector that fits its own pods": ["Deployment app", ["spec", "selector", ...NAME], "web"],
  "a rolling update that takes nothing away": [
    "Deployment web",
    ["spec", "strategy", "rollingUpdate", "maxUnavailable"],
    1,
  ],
  "two pods or more": ["Deployment web", ["spec", "replicas"], 1],
  "one who decides the number of pods": { add: autoscaler("web") },
  "an autoscaler with something to scale": { add: autoscaler("gone") },
  "a budget for disruptions": ["PodDisruptionBudget app", ["spec", "maxUnavailable"], 0],
  "pods on different nodes": ["Deployment web", [...POD, "topologySpreadConstraints"], []],
  "Services with pods": ["Service web", ["spec", "selector", "app.kubernetes.io/name"], "edge"],
  "no port of a node": ["Service web", ["spec", "type"], "NodePort"],
  "a way in and out that is named": ["NetworkPolicy default", ["spec", "policyTypes"], ["Ingress"]],
  "policies with pods": ["NetworkPolicy db", ["spec", "podSelector", ...NAME], "database"],
  "a StatefulSet with its Service": ["StatefulSet db", ["spec", "serviceName"], "database"],
  "Jobs that end": ["Job migrate", ["spec", "activeDeadlineSeconds"]],
};

/** A copy with a value at a path. @throws AssertionError if nothing is there */
function put(object: unknown, [name = "", ...rest]: readonly string[], value: unknown): unknown {
  assert.ok(typeof object === "object" && object !== null, `nothing is at ${name}`);
  if (Array.isArray(object)) {
    return object.map((each, at) => (String(at) === name ? put(each, rest, value) : each));
  }
  const inner: unknown = (object as Readonly<Record<string, unknown>>)[name];
  return { ...object, [name]: rest.length === 0 ? value : put(inner, rest, value) };
}

function broken(manifests: readonly Manifest[], change: Break): Manifest[] {
  if ("add" in change) return [...manifests, change.add];
  const [object, path, value] = change;
  const isIt = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}` === object;
  assert.ok(manifests.some(isIt), object);
  return manifests.map((each) => (isIt(each) ? (put(each, path, value) as Manifest) : each));
}

describe("the rules for what runs in a cluster", () => {
  for (const overlay of ["local", "production"] as const) {
    test(`hold for the overlay ${overlay}`, () => {
      const manifests = manifestsOf(model, root, overlay);
      assert.ok(manifests.length > 20, `${manifests.length} objects`);
      assert.deepEqual(breaches(manifests), []);
    });
  }

  test("each have an example that breaks them", () => {
    assert.deepEqual(
      Object.keys(BROKEN),
      RULES.map(({ name }) => name),
    );
  });

  test("say nothing of a container that only prepares its pod, and is as safe as the others", () => {
    assert.deepEqual(breaches(broken(manifestsOf(model, root, "local"), initContainer({}))), []);
  });

  for (const [index, [name, change]] of [...Object.entries(BROKEN), ...MORE].entries()) {
    test(`find what breaks "${name}", and nothing else (${index + 1})`, () => {
      const found = breaches(broken(manifestsOf(model, root, "local"), change));
      assert.ok(found.length > 0, "nothing is found");
      for (const each of found) assert.ok(each.endsWith(`[${name}]`), each);
    });
  }
});
