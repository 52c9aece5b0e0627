/** The part of a resolved Compose model that the policy checks. */
export interface Model {
  readonly name?: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

export interface Service {
  readonly image?: string;
  readonly build?: { readonly args?: Readonly<Record<string, string | null>> };
  readonly user?: string;
  readonly init?: boolean;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly container_name?: string;
  readonly network_mode?: string;
  readonly pid?: string;
  readonly stop_grace_period?: string;
  /** "path" or "path:options". */
  readonly tmpfs?: string | readonly string[];
  readonly mem_limit?: string | number;
  readonly cpus?: string | number;
  readonly pids_limit?: number;
  readonly deploy?: {
    readonly resources?: {
      readonly limits?: {
        readonly memory?: string | number;
        readonly cpus?: string | number;
        readonly pids?: number;
      };
    };
  };
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly healthcheck?: {
    readonly disable?: boolean;
    readonly test?: readonly string[];
    readonly interval?: string;
    readonly start_interval?: string;
  };
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly published?: string }[];
  readonly volumes?: readonly { readonly type?: string; readonly source?: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>;
}

/** A breach of a rule. The key is the place in the service where the setting is or is missing. */
export interface Finding {
  readonly rule: string;
  readonly service: string;
  readonly key: string;
  readonly message: string;
}

/** A Compose duration such as `1m30s` or `500ms`, in milliseconds; NaN for other text. */
export function durationOf(text: string | undefined): number {
  const units: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  const parts = [...(text ?? "").matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
  if (parts.length === 0) return Number.NaN;
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}

/** A service that runs once and ends. */
export const isOneShot = (service: Service): boolean => service.restart === "no";
