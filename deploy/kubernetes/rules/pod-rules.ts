import { isDeepStrictEqual } from "node:util";
import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import { containersOf, type Manifest, workloads } from "./manifest.ts";
import type { Rule } from "./rule.ts";

type Wrong = string | false | undefined;

/** A rule for each container. */
const each = (name: string, check: (container: IContainer, workload: Manifest) => Wrong): Rule => ({
  name,
  check: (manifests) =>
    workloads(manifests).flatMap((workload) =>
      containersOf(workload).flatMap((container) => said(workload, check(container, workload))),
    ),
});

/** A rule for each pod. */
const pod = (name: string, check: (spec: IPodSpec, workload: Manifest) => Wrong): Rule => ({
  name,
  check: (manifests) =>
    workloads(manifests).flatMap((workload) => {
      const spec = workload.spec?.template?.spec;
      return spec === undefined ? [] : said(workload, check(spec, workload));
    }),
});

const said = ({ kind, metadata }: Manifest, wrong: Wrong): string[] =>
  wrong ? [`${kind} ${metadata.name}: ${wrong}`] : [];

const missing = (
  what: string,
  of: Readonly<Record<string, unknown>> | undefined,
  names: readonly string[],
) => {
  const absent = names.filter((name) => of?.[name] === undefined);
  return absent.length > 0 && `has no ${what} of ${absent.join(", ")}`;
};

const RESOURCES = ["cpu", "memory", "ephemeral-storage"];

/** Whether it serves, and neither is a one-shot nor only prepares its pod. */
const serves = (container: IContainer, { kind, spec }: Manifest): boolean =>
  kind !== "Job" && spec?.template?.spec.containers.includes(container) === true;

/** One pod and its containers by themselves. */
export const podRules: readonly Rule[] = [
  each(
    "a fixed image",
    ({ image = "" }) =>
      (!/:[^:/]+$/.test(image) || image.endsWith(":latest")) && `has the image ${image}`,
  ),
  each("requests", ({ resources }) => missing("request", resources?.requests, RESOURCES)),
  each("limits", ({ resources }) => missing("limit", resources?.limits, RESOURCES)),
  each(
    "a read-only root",
    ({ securityContext }) => !securityContext?.readOnlyRootFilesystem && "can write to its root",
  ),
  each(
    "no capability",
    ({ securityContext }) =>
      (securityContext?.capabilities?.drop?.join() !== "ALL" ||
        (securityContext.capabilities.add?.length ?? 0) > 0) &&
      "keeps capabilities",
  ),
  each(
    "no new privileges",
    ({ securityContext }) =>
      (securityContext?.allowPrivilegeEscalation !== false ||
        securityContext.privileged === true) &&
      "can gain privileges",
  ),
  pod(
    "a user that is not root",
    ({ securityContext: context, initContainers = [], containers }) =>
      (!(context?.runAsNonRoot && context.runAsUser && context.runAsGroup) ||
        [...initContainers, ...containers].some(
          // What a container says itself outranks its pod.
          ({ securityContext: own }) =>
            own?.runAsNonRoot === false || own?.runAsUser === 0 || own?.runAsGroup === 0,
        )) &&
      "may run as root",
  ),
  pod(
    "seccomp",
    ({ securityContext }) =>
      securityContext?.seccompProfile?.type !== "RuntimeDefault" &&
      "may call everything of the kernel",
  ),
  pod(
    "no token of the cluster",
    ({ automountServiceAccountToken }) =>
      automountServiceAccountToken !== false && "gets a token for the API server",
  ),
  pod(
    "no variables of Services",
    ({ enableServiceLinks }) =>
      enableServiceLinks !== false && "gets a variable for each Service, APP_PORT_... among them",
  ),
  pod(
    "no access to the host",
    ({ hostNetwork, hostPID, hostIPC, volumes = [] }) =>
      (hostNetwork ||
        hostPID ||
        hostIPC ||
        volumes.some(({ hostPath }) => hostPath !== undefined)) &&
      "joins the node's namespaces or mounts its folders",
  ),
  each(
    "three probes",
    (container, workload) =>
      serves(container, workload) &&
      missing("probe", { ...container }, ["startupProbe", "readinessProbe", "livenessProbe"]),
  ),
  each("probes that differ", (container, workload) => {
    const { readinessProbe: ready, livenessProbe: live } = container;
    const same = isDeepStrictEqual(
      [ready?.httpGet, ready?.periodSeconds, ready?.failureThreshold],
      [live?.httpGet, live?.periodSeconds, live?.failureThreshold],
    );
    return serves(container, workload) && same && "is restarted for what only keeps requests away";
  }),
  pod(
    "time to stop",
    ({ terminationGracePeriodSeconds: grace = 30, containers }) =>
      containers.some(({ lifecycle }) => (lifecycle?.preStop?.sleep?.seconds ?? 0) + 10 > grace) &&
      `is killed ${grace} s after its end began, its preStop included`,
  ),
  each("variables that are set once", ({ env = [] }) => {
    const names = env.map(({ name }) => name);
    return new Set(names).size < names.length && "has a variable twice";
  }),
  {
    name: "no secret in a variable",
    check: (manifests) =>
      manifests.flatMap((manifest) => {
        const data = manifest.kind === "ConfigMap" ? Object.entries(manifest.data ?? {}) : [];
        const own = containersOf(manifest).flatMap(({ env = [] }) =>
          env.map(({ name, value = "" }): [string, string] => [name, value]),
        );
        const found = [...data, ...own].find(([name, value]) => isSecret(name, value));
        return said(manifest, found && `has a secret in ${found[0]}`);
      }),
  },
];

const isSecret = (name: string, value: string): boolean =>
  (/(PASSWORD|SECRET|TOKEN|PRIVATE_KEY|API_KEY)$/.test(name) && value !== "") ||
  /:\/\/[^/@:\s]*:[^/@\s]+@/.test(value);
