import type { IContainer } from "kubernetes-models/v1/Container";
import type { IEnvVar } from "kubernetes-models/v1/EnvVar";
import type { IPodTemplateSpec } from "kubernetes-models/v1/PodTemplateSpec";
import type { IVolume } from "kubernetes-models/v1/Volume";
import type { IVolumeMount } from "kubernetes-models/v1/VolumeMount";
import { type Model, type Service, serviceOf } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";
import { secondsOf } from "../compose/seconds.ts";
import { SCALE, SECRETS } from "../scale.ts";
import { selectorOf } from "./labels.ts";

export type Tier = keyof typeof SCALE.requests;

export interface PodOptions {
  /** Named ports of the container. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Volumes of Compose that are claims, and those that are folders of the pod alone. */
  readonly claims?: readonly string[];
  readonly folders?: readonly string[];
  /** Volumes of Compose that have no counterpart. */
  readonly without?: readonly string[];
  readonly container?: Partial<IContainer>;
  readonly variables?: readonly IEnvVar[];
  readonly preStop?: number;
  readonly restartPolicy?: "Never";
  readonly volumes?: readonly IVolume[];
  readonly mounts?: readonly IVolumeMount[];
}

/** The ConfigMap with the variables of a tier. */
export const settingsName = (tier: string) => `${tier}-settings`;

/** The ConfigMap and the Secret with the application's own variables. */
const APPLICATION = "application";

/**
 * A pod of a service of compose.yaml, with all that makes it safe there.
 * @throws Problem if the service says something that the pod would not do
 */
export function podOf(model: Model, tier: Tier, options: PodOptions = {}): IPodTemplateSpec {
  const service = serviceOf(model, tier);
  requireHardened(tier, service);
  const [user, group] = (service.user ?? "").split(":").map(Number);
  if (!user || !group) throw new Problem(`compose.yaml: ${tier} has no user of the form 1000:1000`);
  const { image } = service;
  if (image === undefined) throw new Problem(`compose.yaml: ${tier} has no image`);
  const mounted = volumesOf(tier, service, options);
  const container: IContainer = {
    name: tier,
    image,
    imagePullPolicy: "IfNotPresent",
    ...(service.command ? { args: [...service.command] } : {}),
    envFrom: environmentOf(tier, model),
    ...(options.variables === undefined ? {} : { env: [...options.variables] }),
    ...(options.ports === undefined
      ? {}
      : {
          ports: Object.entries(options.ports).map(([name, containerPort]) => ({
            name,
            containerPort,
          })),
        }),
    resources: resourcesOf(tier, service),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [...mounted.map(({ mount }) => mount), ...(options.mounts ?? [])],
    ...(options.preStop === undefined
      ? {}
      : { lifecycle: { preStop: { sleep: { seconds: options.preStop } } } }),
    ...options.container,
  };
  return {
    metadata: { labels: selectorOf(tier) },
    spec: {
      serviceAccountName: "gatehouse",
      automountServiceAccountToken: false,
      // A Service "app" would put APP_PORT_... into every container, which the settings refuse.
      enableServiceLinks: false,
      ...(service.init === true ? { shareProcessNamespace: true } : {}),
      ...(options.restartPolicy === undefined ? {} : { restartPolicy: options.restartPolicy }),
      terminationGracePeriodSeconds:
        secondsOf(service.stop_grace_period ?? "10s") + (options.preStop ?? 0),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: group,
        fsGroup: group,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [container],
      volumes: [...mounted.map(({ volume }) => volume), ...(options.volumes ?? [])],
    },
  };
}

/** What Compose has as one key must be as the pod has it. */
function requireHardened(tier: string, { read_only, cap_drop, security_opt }: Service): void {
  const same =
    read_only === true &&
    cap_drop?.join() === "ALL" &&
    security_opt?.join() === "no-new-privileges:true";
  if (same) return;
  throw new Problem(
    `compose.yaml: ${tier} is not hardened as every pod is: read_only, cap_drop [ALL], no-new-privileges alone`,
  );
}

function environmentOf(tier: Tier, model: Model): NonNullable<IContainer["envFrom"]> {
  const own = { configMapRef: { name: settingsName(tier) } };
  if (tier === "web" || tier === "db") return [own];
  return [
    { configMapRef: { name: APPLICATION } },
    { secretRef: { name: APPLICATION, optional: true } },
    ...(variablesOf(model, tier).length === 0 ? [] : [own]),
  ];
}

/** The variables of a service that have a value. */
export function variablesOf(model: Model, name: string): [name: string, value: string][] {
  return Object.entries(serviceOf(model, name).environment ?? {})
    .flatMap(([variable, value]): [string, string][] => (value ? [[variable, value]] : []))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function resourcesOf(tier: Tier, service: Service): NonNullable<IContainer["resources"]> {
  const { cpus, memory } = service.deploy?.resources?.limits ?? {};
  if (cpus === undefined || memory === undefined) {
    throw new Problem(`compose.yaml: ${tier} has no limits for cpus and memory`);
  }
  const disk = service.tmpfs?.map(temporaryOf).find(({ path }) => path === TEMPORARY)?.mebibytes;
  return {
    requests: { ...SCALE.requests[tier], "ephemeral-storage": "64Mi" },
    limits: {
      cpu: Number(cpus) % 1 === 0 ? String(cpus) : `${Number(cpus) * 1000}m`,
      memory: `${Number(memory) / 1024 ** 2}Mi`,
      // The temporary files, and the logs that the kubelet keeps.
      "ephemeral-storage": `${(disk ?? 0) + 128}Mi`,
    },
  };
}

/** Where temporary files may become large. */
const TEMPORARY = "/tmp";

/** A folder of temporary files: "path:options". @throws Problem if it has no size in megabytes */
function temporaryOf(entry: string): { readonly path: string; readonly mebibytes: number } {
  const [path = "", options = ""] = entry.split(":");
  const size = /^size=(\d+)m$/.exec(options.split(",").at(-1) ?? "")?.[1];
  if (size === undefined)
    throw new Problem(`compose.yaml: ${entry} ends with no size, as size=64m`);
  return { path, mebibytes: Number(size) };
}

type Mounted = { readonly volume: IVolume; readonly mount: IVolumeMount };

function volumesOf(tier: Tier, service: Service, options: PodOptions): Mounted[] {
  const { claims = [], folders = [], without = [] } = options;
  const mounted: Mounted[] = [];
  const secrets = service.secrets ?? [];
  if (secrets.length > 0) mounted.push(secretsOf(tier, secrets));
  for (const { source, target, read_only: readOnly = false, type } of service.volumes ?? []) {
    if (type !== "volume" || source === undefined)
      throw new Problem(`compose.yaml: ${tier} mounts a ${type}: ${source}`);
    if (without.includes(source)) continue;
    const mount = { name: source, mountPath: target, ...(readOnly ? { readOnly } : {}) };
    if (folders.includes(source)) {
      mounted.push({ volume: { name: source, emptyDir: { sizeLimit: "1Mi" } }, mount });
    } else if (claims.includes(source)) {
      const claim = { claimName: source, ...(readOnly ? { readOnly } : {}) };
      mounted.push({ volume: { name: source, persistentVolumeClaim: claim }, mount });
    } else throw new Problem(`compose.yaml: the volume ${source} of ${tier} is not known`);
  }
  for (const entry of service.tmpfs ?? []) {
    const { path: mountPath, mebibytes } = temporaryOf(entry);
    const name = mountPath.slice(1).replaceAll("/", "-");
    const sizeLimit = `${mebibytes}Mi`;
    // Sockets live below /run; what may be large is on the node's disk.
    const emptyDir = mountPath === TEMPORARY ? { sizeLimit } : { medium: "Memory", sizeLimit };
    mounted.push({ volume: { name, emptyDir }, mount: { name, mountPath } });
  }
  return mounted;
}

/** All secrets of a container are files of one folder, as Compose has them. */
function secretsOf(tier: string, secrets: NonNullable<Service["secrets"]>): Mounted {
  const folder = "/run/secrets/";
  const sources = secrets.map(({ source, target }) => {
    const reference = SECRETS[source];
    if (reference === undefined || !target.startsWith(folder)) {
      throw new Problem(`compose.yaml: the secret ${source} of ${tier} is not known at ${target}`);
    }
    const { secret: name, key } = reference;
    return { secret: { name, items: [{ key, path: target.slice(folder.length) }] } };
  });
  return {
    // Read-only for all: the processes are not root, and alone in their pod.
    volume: { name: "secrets", projected: { defaultMode: 0o444, sources } },
    mount: { name: "secrets", mountPath: "/run/secrets", readOnly: true },
  };
}
