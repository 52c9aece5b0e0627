import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { gatewaySettings } from "../../../services/gateway/settings.ts";
import { webSettings } from "../../../services/web/settings.ts";
import { type Model, serviceOf } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";
import { secondsOf } from "../compose/seconds.ts";
import { SCALE } from "../scale.ts";
import { metadata, podsOf } from "./labels.ts";
import { type PodOptions, podOf } from "./pod.ts";
import { httpProbes } from "./probes.ts";

/** The ports inside the containers, by their names. Compose publishes the edge's. */
export const PORTS = {
  web: {
    http: webSettings.rows.httpPort.default,
    https: webSettings.rows.httpsPort.default,
    admin: webSettings.rows.adminPort.default,
  },
  app: {
    gateway: gatewaySettings.rows.port.default,
    admin: gatewaySettings.rows.adminPort.default,
  },
  db: { postgres: 5432 },
} as const;

/** Milliseconds that each tier may need for its end, by its own settings. */
const DRAINS = {
  web: webSettings.rows.lameDuck.default + webSettings.rows.gracefulTimeout.default,
  app: gatewaySettings.rows.lameDuck.default + gatewaySettings.rows.gracefulTimeout.default,
} as const;

/** The edge and the gateway, whose new pods serve before an old one ends. */
export function tiersOf(model: Model): Deployment[] {
  const tier = (name: "web" | "app", options: PodOptions) =>
    new Deployment({
      metadata: metadata(name, "rollout"),
      spec: {
        selector: podsOf(name),
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
        minReadySeconds: SCALE.minReady[name],
        revisionHistoryLimit: 5,
        progressDeadlineSeconds: 300,
        template: spread(name, podOf(model, name, served(model, name, options))),
      },
    });
  return [
    tier("web", {
      claims: ["assets", "media"],
      folders: ["edge-state"],
      without: ["edge-run", "gateways"],
      preStop: SCALE.preStop.web,
      variables: [
        { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        { name: "WEB_UPSTREAM", value: upstreamOf(model) },
      ],
    }),
    // No preStop: its only client is the edge, which notices `draining` within the lame-duck time.
    tier("app", { claims: ["media"], without: ["gateways"] }),
  ];
}

function served(model: Model, name: "web" | "app", options: PodOptions): PodOptions {
  const service = serviceOf(model, name);
  const grace = secondsOf(service.stop_grace_period ?? "10s") * 1000;
  if (grace <= DRAINS[name]) {
    throw new Problem(
      `compose.yaml: ${name} may need ${DRAINS[name]} ms to stop, and has ${grace}`,
    );
  }
  return { ports: PORTS[name], container: { ...httpProbes(service, "admin") }, ...options };
}

/** Replicas of one release are on different nodes and in different zones, where there are any. */
function spread(name: string, template: ReturnType<typeof podOf>): ReturnType<typeof podOf> {
  const constraint = (
    topologyKey: string,
    whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway",
  ) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    // A node that is being drained does not count.
    nodeTaintsPolicy: "Honor" as const,
    labelSelector: podsOf(name),
    matchLabelKeys: ["pod-template-hash"],
  });
  const { spec } = template;
  if (spec === undefined) throw new Problem(`${name} has no pod`);
  const topologySpreadConstraints = [
    // With ScheduleAnyway both edges were on one node of two.
    constraint("kubernetes.io/hostname", "DoNotSchedule"),
    constraint("topology.kubernetes.io/zone", "ScheduleAnyway"),
  ];
  return { ...template, spec: { ...spec, topologySpreadConstraints } };
}

/** In full: the edge's resolver does not use search domains. */
function upstreamOf(model: Model): string {
  const upstream = serviceOf(model, "web").environment?.WEB_UPSTREAM ?? "";
  const [host = "", port = ""] = upstream.split(":");
  if (model.services[host] === undefined || Number(port) !== PORTS.app.gateway) {
    throw new Problem(
      `compose.yaml: WEB_UPSTREAM=${upstream} is no service and port of this stack`,
    );
  }
  return `${host}.$(NAMESPACE).svc.cluster.local:${port}`;
}
