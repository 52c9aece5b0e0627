import { type Manifest, podLabels, selects, workloads } from "./manifest.ts";
import type { Rule } from "./rule.ts";

const named = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;

const ofKind = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((manifest) => manifest.kind === kind);

/** Deployments that have several pods, as opposed to the one of background jobs. */
const replicated = (manifests: readonly Manifest[]) =>
  ofKind(manifests, "Deployment").filter(({ spec }) => spec?.strategy?.type !== "Recreate");

const autoscalerOf = (manifests: readonly Manifest[], { metadata }: Manifest) =>
  ofKind(manifests, "HorizontalPodAutoscaler").find(
    ({ spec }) => spec?.scaleTargetRef?.name === metadata.name,
  );

/** What fits together only if it is the same in several objects. */
export const togetherRules: readonly Rule[] = [
  {
    name: "a selector that fits its own pods",
    check: (manifests) =>
      workloads(manifests)
        .filter(
          ({ kind, spec, ...rest }) =>
            kind !== "Job" &&
            !selects(spec?.selector, podLabels({ kind, ...rest, ...(spec && { spec }) })),
        )
        .map((each) => `${named(each)}: selects other pods than its own`),
  },
  {
    name: "a rolling update that takes nothing away",
    check: (manifests) =>
      ofKind(manifests, "Deployment").flatMap((each) => {
        const { type, rollingUpdate } = each.spec?.strategy ?? {};
        const one = type === "Recreate" && each.spec?.replicas === 1;
        const gentle = type === "RollingUpdate" && rollingUpdate?.maxUnavailable === 0;
        return one || gentle ? [] : [`${named(each)}: may end an old pod before a new one serves`];
      }),
  },
  {
    name: "two pods or more",
    check: (manifests) =>
      replicated(manifests).flatMap((each) => {
        const fewest = autoscalerOf(manifests, each)?.spec?.minReplicas ?? each.spec?.replicas ?? 1;
        return fewest >= 2 ? [] : [`${named(each)}: may have ${fewest} pod alone`];
      }),
  },
  {
    name: "one who decides the number of pods",
    check: (manifests) =>
      replicated(manifests)
        .filter((each) => each.spec?.replicas !== undefined && autoscalerOf(manifests, each))
        .map((each) => `${named(each)}: has replicas and an autoscaler: each apply undoes it`),
  },
  {
    name: "an autoscaler with something to scale",
    check: (manifests) =>
      ofKind(manifests, "HorizontalPodAutoscaler")
        .filter(({ spec }) => {
          const { kind, name } = spec?.scaleTargetRef ?? {};
          return !manifests.some((each) => each.kind === kind && each.metadata.name === name);
        })
        .map((each) => `${named(each)}: scales nothing that is here`),
  },
  {
    name: "a budget for disruptions",
    check: (manifests) => {
      const budgets = ofKind(manifests, "PodDisruptionBudget");
      return replicated(manifests).flatMap((each) => {
        const own = budgets.filter(({ spec }) => selects(spec?.selector, podLabels(each)));
        if (own.length !== 1) return [`${named(each)}: has ${own.length} budgets`];
        const allows = own[0]?.spec?.maxUnavailable;
        return allows === 0 || allows === undefined
          ? [`${named(each)}: its budget lets no node be drained`]
          : [];
      });
    },
  },
  {
    name: "pods on different nodes",
    check: (manifests) =>
      replicated(manifests).flatMap((each) => {
        const keys = (each.spec?.template?.spec.topologySpreadConstraints ?? [])
          .filter(({ labelSelector }) => selects(labelSelector, podLabels(each)))
          .map(({ topologyKey }) => topologyKey);
        const lacks = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].filter(
          (key) => !keys.includes(key),
        );
        return lacks.length === 0 ? [] : [`${named(each)}: is not spread over ${lacks.join(", ")}`];
      }),
  },
  {
    name: "Services with pods",
    check: (manifests) =>
      ofKind(manifests, "Service")
        .filter(
          ({ spec }) =>
            !workloads(manifests).some((each) => selects(spec?.selector, podLabels(each))),
        )
        .map((each) => `${named(each)}: selects no pod`),
  },
  {
    name: "no port of a node",
    check: (manifests) =>
      ofKind(manifests, "Service")
        .filter(({ spec }) => spec?.type === "NodePort")
        .map((each) => `${named(each)}: opens a port of every node`),
  },
  {
    name: "a way in and out that is named",
    check: (manifests) =>
      workloads(manifests).flatMap((each) => {
        const own = ofKind(manifests, "NetworkPolicy").filter(({ spec }) =>
          selects(spec?.podSelector, podLabels(each)),
        );
        const ways = own.flatMap(({ spec }) => spec?.policyTypes ?? []);
        const open = ["Ingress", "Egress"].filter((way) => !ways.includes(way));
        return open.length === 0 ? [] : [`${named(each)}: is open for ${open.join(", ")}`];
      }),
  },
  {
    name: "policies with pods",
    check: (manifests) =>
      ofKind(manifests, "NetworkPolicy")
        .filter(
          ({ spec }) =>
            !workloads(manifests).some((each) => selects(spec?.podSelector, podLabels(each))),
        )
        .map((each) => `${named(each)}: selects no pod`),
  },
  {
    name: "a StatefulSet with its Service",
    check: (manifests) =>
      ofKind(manifests, "StatefulSet")
        .filter(
          ({ spec }) =>
            !ofKind(manifests, "Service").some(
              ({ metadata }) => metadata.name === spec?.serviceName,
            ),
        )
        .map((each) => `${named(each)}: has no Service ${each.spec?.serviceName}`),
  },
  {
    name: "Jobs that end",
    check: (manifests) =>
      ofKind(manifests, "Job")
        .filter(
          ({ spec }) =>
            spec?.backoffLimit === undefined ||
            spec.activeDeadlineSeconds === undefined ||
            spec.template?.spec.restartPolicy !== "Never",
        )
        .map((each) => `${named(each)}: may run for ever`),
  },
];
