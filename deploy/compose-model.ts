import { Problem } from "./problem.ts";

/**
 * A Compose model as `docker compose config` resolves it: what of it is read here. What a service need not have is
 * optional, for the model of any project.
 */
export interface Model {
  readonly name?: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly configs?: Readonly<Record<string, { readonly file: string }>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

export interface Service {
  readonly image?: string;
  readonly build?: { readonly args?: Readonly<Record<string, string | null>> };
  readonly container_name?: string;
  readonly user?: string;
  readonly init?: boolean;
  readonly restart?: string;
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
  readonly pid?: string;
  readonly ports?: readonly Port[];
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>;
  readonly healthcheck?: HealthCheck;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  /** A Compose duration. */
  readonly stop_grace_period?: string;
  /** Bytes. */
  readonly shm_size?: string;
  readonly mem_limit?: string | number;
  readonly cpus?: string | number;
  readonly pids_limit?: number;
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources?: { readonly limits?: Limits };
  };
}

export interface Limits {
  readonly cpus?: string | number;
  readonly memory?: string | number;
  readonly pids?: number;
}

/** A secret or config: the name of its source, and its path in the container. */
export interface Mount {
  readonly source: string;
  readonly target: string;
}

/** A bare tmpfs has no source. */
export interface Volume {
  readonly type: string;
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
}

export interface Port {
  readonly target: number;
  readonly host_ip?: string;
  readonly published?: string;
  readonly protocol: string;
}

/** Its times are durations of Compose. */
export interface HealthCheck {
  readonly disable?: boolean;
  readonly test?: readonly string[];
  readonly timeout?: string;
  readonly interval?: string;
  readonly retries?: number;
  readonly start_period?: string;
  readonly start_interval?: string;
}

const MILLISECONDS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Compose duration such as `1m30s` or `500ms`, in milliseconds; NaN for other text. */
export function durationOf(text = ""): number {
  // "1m30s" is 1, m, 30, s.
  const words = text.split(/([a-z]+)/).filter(Boolean);
  let sum = words.length === 0 ? Number.NaN : 0;
  for (let at = 0; at < words.length; at += 2) {
    sum += Number(words[at]) * (MILLISECONDS[words[at + 1] ?? ""] ?? Number.NaN);
  }
  return sum;
}

/** The service of a name. @throws Problem if the model has none */
export function serviceOf(model: Model, name: string): Service {
  const service = model.services[name];
  if (service === undefined) throw new Problem(`compose.yaml has no service ${name}`);
  return service;
}

/** Whether a service runs once and ends. */
export const isOneShot = ({ restart }: Service): boolean => restart === "no";

/** Those of compose.yaml that run once before a release, in order; others wait for them. */
export const ONE_SHOTS = ["migrate", "assets"] as const;
