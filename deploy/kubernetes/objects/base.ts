import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { Service } from "kubernetes-models/v1/Service";
import { ServiceAccount } from "kubernetes-models/v1/ServiceAccount";
import { NAMESPACE } from "../scale.ts";
import { metadata, podsOf, STEP, selectorOf } from "./labels.ts";
import { PORTS } from "./tiers.ts";

/** The namespace refuses every pod that is not as safe as ours. */
export function namespaceOf(): Namespace {
  const standard = ["enforce", "audit", "warn"].map((mode) => [
    `pod-security.kubernetes.io/${mode}`,
    "restricted",
  ]);
  return new Namespace({
    metadata: { name: NAMESPACE, labels: { ...Object.fromEntries(standard), [STEP]: "before" } },
  });
}

/** An account that may do nothing, instead of the namespace's default one. */
export function accountOf(): ServiceAccount {
  return new ServiceAccount({
    metadata: metadata("gatehouse", "before"),
    automountServiceAccountToken: false,
  });
}

/**
 * The name of the gateways: each of their addresses, also those that start or drain. The edge checks the
 * readiness of each once a second, so that it learns of a drain before DNS does.
 */
export function gatewaysService(): Service {
  return new Service({
    metadata: metadata("app", "before"),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorOf("app"),
      ports: Object.entries(PORTS.app).map(([name, port]) => ({ name, port, targetPort: name })),
    },
  });
}

/** A drain of nodes takes one pod of a tier at a time, and waits for its successor. */
export function budgetsOf(): PodDisruptionBudget[] {
  return (["web", "app"] as const).map(
    (name) =>
      new PodDisruptionBudget({
        metadata: metadata(name, "rollout"),
        spec: {
          selector: podsOf(name),
          maxUnavailable: 1,
          // A pod that never served may always go.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      }),
  );
}
