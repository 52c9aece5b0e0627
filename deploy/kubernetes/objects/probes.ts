import type { IProbe } from "kubernetes-models/v1/Probe";
import type { Service } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";
import { secondsOf } from "../compose/seconds.ts";

/** Kubernetes' words for a container that starts, that serves, and that makes progress. */
export interface Probes {
  readonly startupProbe: IProbe;
  readonly readinessProbe: IProbe;
  readonly livenessProbe: IProbe;
}

const READINESS_PERIOD = 5;
const LIVENESS_PERIOD = 10;
/** A minute: a container that is busy is not restarted. */
const LIVENESS_FAILURES = 6;

/**
 * Three probes with three meanings. `starting` holds the startup probe, `draining` fails the
 * readiness probe, and neither has the container restarted: only /livez does, red once nothing makes progress.
 * @param port the name of the admin port
 */
export function httpProbes(service: Service, port: string): Probes {
  const get = (path: string) => ({ httpGet: { path, port } });
  return probesOf(service, get("/readyz"), get("/livez"));
}

/** The same by a command, which says as little of progress as of readiness. */
export function commandProbes(service: Service): Probes {
  const [kind, ...command] = service.healthcheck?.test ?? [];
  if (kind !== "CMD") throw new Problem("compose.yaml: a health check that is no command");
  const action = { exec: { command } };
  return probesOf(service, action, action);
}

type Action = Pick<IProbe, "httpGet" | "exec">;

function probesOf(service: Service, ready: Action, live: Action): Probes {
  const check = service.healthcheck;
  if (check === undefined) throw new Problem("compose.yaml: a service without a health check");
  const { retries } = check;
  if (retries === undefined) throw new Problem("compose.yaml: a health check without retries");
  const timeoutSeconds = secondsOf(check.timeout);
  const periodSeconds = secondsOf(check.start_interval);
  return {
    startupProbe: {
      ...ready,
      periodSeconds,
      failureThreshold: Math.ceil(secondsOf(check.start_period) / periodSeconds),
      timeoutSeconds,
    },
    readinessProbe: {
      ...ready,
      periodSeconds: READINESS_PERIOD,
      failureThreshold: retries,
      timeoutSeconds,
    },
    livenessProbe: {
      ...live,
      periodSeconds: LIVENESS_PERIOD,
      failureThreshold: LIVENESS_FAILURES,
      timeoutSeconds,
    },
  };
}
