import { Problem } from "../../problem.ts";
import type { Key } from "./keys.ts";

/** What becomes of a key of compose.yaml in Kubernetes. */
export interface Fate {
  /** "kept": it says the same there; "changed": something else does its work; "not needed". */
  readonly as: "kept" | "changed" | "not needed";
  readonly where: string;
}

const kept = (where: string): Fate => ({ as: "kept", where });
const changed = (where: string): Fate => ({ as: "changed", where });
const notNeeded = (where: string): Fate => ({ as: "not needed", where });

const HOLDER = notNeeded(
  "the Service `web` holds the address, and every pod has a network namespace of its own: a new edge needs no port of the old one",
);
const SOCKETS = notNeeded(
  "edge and gateway are in different pods: they speak TCP, as WEB_UPSTREAM and GATEWAY_HOST say",
);
const OVERLAY = changed(
  "an overlay's ConfigMap: what differs between deployments is not in the base",
);

/**
 * By the paths of keys; `*` is one name. The first that fits counts. A path that fits none stops the
 * generator: who adds a key to compose.yaml says here what becomes of it.
 */
const FATES: readonly (readonly [pattern: string, fate: Fate])[] = [
  ["services.edge-port.**", HOLDER],
  ["services.web.network_mode", HOLDER],
  ["services.web.depends_on.edge-port", HOLDER],
  ["services.web.volumes.edge-run", HOLDER],
  ["services.web.environment.WEB_NAMESPACE_FILE", HOLDER],
  ["volumes.edge-run", HOLDER],
  ["services.web.environment.WEB_UPSTREAM_SOCKETS", SOCKETS],
  ["services.app.environment.GATEWAY_SOCKET_DIRECTORY", SOCKETS],
  ["services.*.volumes.gateways", SOCKETS],
  ["volumes.gateways.driver_opts", SOCKETS],

  [
    "services.*.image",
    kept("the container's image; an overlay's `images` names the registry and the release"),
  ],
  [
    "services.*.build.*",
    notNeeded("images are built before: `docker compose build`, then a push to a registry"),
  ],
  ["services.*.pull_policy", changed("imagePullPolicy IfNotPresent: a fixed tag means one image")],
  ["services.*.extends", OVERLAY],
  [
    "services.*.env_file",
    changed(
      "the ConfigMap `application` and the optional Secret `application`, for the application's own variables",
    ),
  ],
  [
    "services.*.user",
    kept("securityContext: runAsUser, runAsGroup, runAsNonRoot, and fsGroup for the volumes"),
  ],
  ["services.*.read_only", kept("readOnlyRootFilesystem")],
  ["services.*.cap_drop", kept("capabilities: drop ALL")],
  [
    "services.*.security_opt",
    kept(
      "allowPrivilegeEscalation: false; and seccomp RuntimeDefault, which Docker has by default",
    ),
  ],
  [
    "services.*.init",
    changed("shareProcessNamespace: the pod's first process reaps what others orphan"),
  ],
  ["services.*.command", kept("args")],
  [
    "services.*.logging.*",
    notNeeded(
      "the kubelet rotates the logs of containers: containerLogMaxSize, containerLogMaxFiles (10Mi, 5)",
    ),
  ],
  [
    "services.*.tmpfs",
    changed(
      "emptyDir with its size as limit; /tmp on the node's disk, the others in memory. Its mode is not to be set: the pod is alone with it",
    ),
  ],
  ["services.db.shm_size", kept("an emptyDir in memory at /dev/shm with this size limit")],
  [
    "services.*.stop_grace_period",
    kept("terminationGracePeriodSeconds, and the edge's preStop on top"),
  ],
  ["services.*.deploy.resources.limits.cpus", kept("resources.limits.cpu")],
  ["services.*.deploy.resources.limits.memory", kept("resources.limits.memory")],
  [
    "services.*.deploy.resources.limits.pids",
    notNeeded("no field of a pod: the kubelet's podPidsLimit, which is the cluster's"),
  ],
  [
    "services.web.deploy.replicas",
    changed(
      "minReplicas of the HorizontalPodAutoscaler are two, whatever EDGES is; `replicas` of the overlay local",
    ),
  ],
  [
    "services.app.deploy.replicas",
    kept("minReplicas of the HorizontalPodAutoscaler; `replicas` of the overlay local"),
  ],
  [
    "services.jobs.deploy.replicas",
    changed("the component `jobs`: with it one replica, without it none"),
  ],
  [
    "services.db.deploy.replicas",
    kept("the StatefulSet of the overlay local; production has its database elsewhere"),
  ],

  ["services.migrate.restart", kept("a Job: restartPolicy Never, backoffLimit")],
  ["services.assets.restart", kept("a Job: restartPolicy Never, backoffLimit")],
  ["services.*.restart", kept("restartPolicy Always, which a Deployment has")],
  [
    "services.*.depends_on.*",
    changed(
      "the step `before`: database and Jobs are applied and awaited before the rollout; a migration waits for its database by itself",
    ),
  ],
  [
    "services.*.healthcheck.test",
    changed(
      "probes by HTTP at the admin port, where the kubelet reaches it; of the database by exec, as here",
    ),
  ],
  [
    "services.*.healthcheck.interval",
    changed("readiness every 5 s, liveness every 10 s: a probe by HTTP costs no process"),
  ],
  ["services.*.healthcheck.timeout", kept("timeoutSeconds of the probes")],
  ["services.*.healthcheck.retries", kept("failureThreshold of the readiness probe")],
  [
    "services.*.healthcheck.start_period",
    kept("periodSeconds x failureThreshold of the startup probe"),
  ],
  [
    "services.*.healthcheck.start_interval",
    changed("periodSeconds of the startup probe, which are whole seconds"),
  ],

  [
    "services.web.environment.WEB_UPSTREAM",
    changed(
      "the name of the headless Service `app` in the pod's own namespace, in full: the edge asks the name server for no search domains",
    ),
  ],
  [
    "services.web.environment.WEB_STATE_FILE",
    changed(
      "an emptyDir: a pause or maintenance holds for one pod; `kubectl exec` sets it in each",
    ),
  ],
  [
    "services.app.environment.REPLICAS",
    changed(
      "the most replicas that the overlay allows: the application divides the database's connections by it",
    ),
  ],
  [
    "services.db.environment.PGDATA",
    changed("a folder in the volume, because a new disk has lost+found in it"),
  ],
  [
    "services.*.environment.*",
    kept("the tier's own ConfigMap: a change of it replaces that tier alone"),
  ],

  ["services.*.secrets.*", kept("a projected volume at /run/secrets")],
  [
    "secrets.*.file",
    changed(
      "a Secret by reference, made before the first apply (docs/scaling.md): the generator reads none",
    ),
  ],
  ["services.*.configs.*", kept("a ConfigMap, mounted as the file")],
  ["configs.*.file", kept("the ConfigMap `database-files`, with the file's text")],

  ["services.*.volumes.assets", kept("the PersistentVolumeClaim `assets`")],
  ["services.*.volumes.media", kept("the PersistentVolumeClaim `media`")],
  ["services.jobs.volumes.jobs", kept("the PersistentVolumeClaim `jobs` of the component `jobs`")],
  ["services.db.volumes.db", kept("the volumeClaimTemplate of the StatefulSet")],
  ["services.web.volumes.edge-state", changed("an emptyDir")],
  ["volumes.assets", changed("ReadWriteMany in production: Jobs write, every edge reads")],
  [
    "volumes.media",
    changed("ReadWriteMany in production: every application writes, every edge reads"),
  ],
  ["volumes.jobs", kept("ReadWriteOnce: there is one container of jobs")],
  ["volumes.db", kept("ReadWriteOnce, in the overlay local")],
  ["volumes.edge-state", changed("an emptyDir of each edge")],

  ["services.assets.network_mode", kept("the NetworkPolicy `default`: nothing goes in or out")],
  [
    "services.*.networks.back",
    kept(
      "NetworkPolicies: the edge reaches the application's ports, and nothing reaches the edge from inside",
    ),
  ],
  [
    "services.*.networks.data",
    kept("NetworkPolicies: application, jobs and migrations reach the database's port"),
  ],
  [
    "networks.back.internal",
    kept("the NetworkPolicy `default`: no way out but those that are named"),
  ],
  [
    "networks.data.internal",
    kept("the NetworkPolicy `default`: no way out but those that are named"),
  ],
  [
    "networks.front",
    kept("the Service `web`, and a NetworkPolicy that lets anyone reach its two ports"),
  ],
  [
    "networks.data-external",
    kept(
      "the NetworkPolicy `to-the-database` of the overlay production: the port of Postgres, anywhere",
    ),
  ],
  [
    "services.*.networks.watch",
    changed("a NetworkPolicy of your own, for what reads the metrics: nothing does, as here"),
  ],
  [
    "networks.watch.internal",
    kept("the NetworkPolicy `default`: no way out but those that are named"),
  ],
  ["networks.egress", changed("a NetworkPolicy of your own: the way out is closed, as here")],
];

/** The services that the generator knows. */
const SERVICES = ["edge-port", "web", "app", "jobs", "migrate", "assets", "db"];

export interface Accounted extends Key {
  readonly fate: Fate;
}

/**
 * Says of every key what becomes of it.
 * @throws Problem that names every key of which that is not known
 */
export function account(keys: readonly Key[]): Accounted[] {
  const unknown = keys.filter((key) => fateOf(key) === undefined).map(({ path }) => path);
  if (unknown.length > 0) {
    throw new Problem(
      `compose.yaml has keys without a counterpart in Kubernetes: ${unknown.join(", ")}. ` +
        "Say in deploy/kubernetes/compose/fates.ts what becomes of each, and make it so",
    );
  }
  return keys.flatMap((key) => {
    const fate = fateOf(key);
    return fate === undefined ? [] : [{ ...key, fate }];
  });
}

/** The patterns that no key fits: what they speak of is gone from compose.yaml. */
export function unused(keys: readonly Key[]): string[] {
  const used = new Set(keys.map(({ path }) => FATES.find(([pattern]) => fits(pattern, path))));
  return FATES.filter((row) => !used.has(row)).map(([pattern]) => pattern);
}

function fateOf({ path }: Key): Fate | undefined {
  const [section, name = ""] = path.split(".");
  if (section === "services" && !SERVICES.includes(name)) return undefined;
  return FATES.find(([pattern]) => fits(pattern, path))?.[1];
}

function fits(pattern: string, path: string): boolean {
  const names = pattern.split(".");
  const parts = path.split(".");
  if (names.at(-1) === "**") return path.startsWith(pattern.slice(0, -2));
  return (
    names.length === parts.length && names.every((name, at) => name === "*" || name === parts[at])
  );
}
