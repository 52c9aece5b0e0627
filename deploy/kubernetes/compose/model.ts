import { Problem } from "../../problem.ts";
/** The part of a resolved Compose model that has a counterpart in Kubernetes. */
export interface Model {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export interface Service {
  readonly image: string;
  readonly user?: string;
  readonly init?: boolean;
  readonly command?: readonly string[] | null;
  /** A name without a value is one that .env may set. */
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly secrets?: readonly Mount[];
  readonly configs?: readonly Mount[];
  readonly volumes?: readonly Volume[];
  /** "path" or "path:options". */
  readonly tmpfs?: readonly string[];
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
  readonly ports?: readonly Port[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: HealthCheck;
  /** A Compose duration. */
  readonly stop_grace_period?: string;
  /** Bytes. */
  readonly shm_size?: string;
  readonly deploy: {
    readonly replicas?: number;
    readonly resources: {
      readonly limits: { readonly cpus: number; readonly memory: string; readonly pids: number };
    };
  };
}

/** A secret or config: the name of its source, and its path in the container. */
export interface Mount {
  readonly source: string;
  readonly target: string;
}

export interface Volume extends Mount {
  readonly type: string;
  readonly read_only?: boolean;
}

export interface Port {
  readonly target: number;
  readonly published: string;
  readonly protocol: string;
}

/** Durations of Compose. */
export interface HealthCheck {
  readonly test?: readonly string[];
  readonly timeout: string;
  readonly interval: string;
  readonly retries: number;
  readonly start_period: string;
  readonly start_interval: string;
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/**
 * A Compose duration such as `1m30s` or `500ms`, in whole seconds, rounded up: Kubernetes has no others.
 * @throws Problem for other text
 */
export function secondsOf(duration: string): number {
  // "1m30s" is 1, m, 30, s.
  const words = duration.split(/([a-z]+)/).filter(Boolean);
  let seconds = 0;
  for (let at = 0; at < words.length; at += 2) {
    seconds += Number(words[at]) * (UNITS[words[at + 1] ?? ""] ?? Number.NaN);
  }
  if (words.length > 0 && seconds >= 0) return Math.ceil(seconds);
  throw new Problem(`compose.yaml: ${duration} is no duration`);
}

/** The service of a name. @throws Problem if the model has none */
export function serviceOf(model: Model, name: string): Service {
  const service = model.services[name];
  if (service === undefined) throw new Problem(`compose.yaml has no service ${name}`);
  return service;
}

/** Whether a service runs once and ends: what others wait for until it has. */
export const ONE_SHOTS = ["migrate", "assets"] as const;
