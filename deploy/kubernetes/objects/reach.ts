import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";
import { type Model, serviceOf } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";
import { allPods, metadata, podsOf, podsOfAny } from "./labels.ts";
import { PORTS } from "./tiers.ts";

const tcp = (ports: readonly number[]) => ports.map((port) => ({ port, protocol: "TCP" as const }));

/** Who joins a network of Compose. The edge joins through the holder of its ports. */
function membersOf(model: Model, network: string): string[] {
  const isMember = (name: string) => network in (serviceOf(model, name).networks ?? {});
  return Object.keys(model.services)
    .filter(isMember)
    .map((name) => (name === "edge-port" ? "web" : name));
}

const policy = (
  name: string,
  podSelector: NonNullable<INetworkPolicySpec["podSelector"]>,
  spec: Omit<INetworkPolicySpec, "podSelector">,
) => new NetworkPolicy({ metadata: metadata(name, "before"), spec: { podSelector, ...spec } });

/** What the networks of Compose let in and out. `internal` means that there is no other way out. */
export function policiesOf(model: Model): NetworkPolicy[] {
  for (const network of ["back", "data"]) {
    if (model.networks?.[network]?.internal === true) continue;
    throw new Problem(`compose.yaml: the network ${network} is not internal`);
  }
  const back = membersOf(model, "back");
  if (back.toSorted().join() !== "app,web") {
    throw new Problem(`compose.yaml: ${back.join()} share the network back: it is web's and app's`);
  }
  const published = serviceOf(model, "edge-port").ports?.map(({ target }) => target) ?? [];
  const gateway = tcp(Object.values(PORTS.app));
  const named = [...new Set([...back, ...databaseClientsOf(model)])];
  return [
    policy("default", allPods, { policyTypes: ["Ingress", "Egress"] }),
    policy("names", podsOfAny(named), { policyTypes: ["Egress"], egress: [nameServer()] }),
    policy("web", podsOf("web"), {
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: tcp(published) }],
      egress: [{ to: [{ podSelector: podsOf("app") }], ports: gateway }],
    }),
    policy("app", podsOf("app"), {
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: podsOf("web") }], ports: gateway }],
    }),
  ];
}

/** The database in the cluster: the way to it, and its side. */
export function databasePolicies(model: Model): NetworkPolicy[] {
  const clients = podsOfAny(databaseClientsOf(model));
  const ports = tcp([PORTS.db.postgres]);
  return [
    toDatabase(model, [{ podSelector: podsOf("db") }]),
    policy("db", podsOf("db"), {
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ podSelector: clients }], ports }],
    }),
  ];
}

/** A database elsewhere: its port, at whatever address. */
export function externalDatabasePolicy(model: Model): NetworkPolicy {
  return toDatabase(model, [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }]);
}

function toDatabase(model: Model, to: INetworkPolicyPeer[]): NetworkPolicy {
  return policy("to-the-database", podsOfAny(databaseClientsOf(model)), {
    policyTypes: ["Egress"],
    egress: [{ to, ports: tcp([PORTS.db.postgres]) }],
  });
}

function databaseClientsOf(model: Model): string[] {
  return membersOf(model, "data").filter((name) => name !== "db");
}

/**
 * The cluster's name server, as kubeadm, k3s and the clouds label its pods. An open port 53 would be a way out for
 * whatever is sent as names. Where a node answers for it (NodeLocal DNSCache), that is an address of the node.
 */
const nameServer = () => ({
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
    { ipBlock: { cidr: "169.254.20.10/32" } },
  ],
  ports: (["UDP", "TCP"] as const).map((protocol) => ({ port: 53, protocol })),
});
