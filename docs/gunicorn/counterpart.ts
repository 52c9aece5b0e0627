import type { Hooks } from "../../services/gateway/hooks/hooks.ts";
import type { gatewaySettings } from "../../services/gateway/settings.ts";

/** A setting of gunicorn 26, and what stands in its place here. */
export interface Counterpart {
  readonly gunicorn: string;
  /** Rows of the gateway's settings table. */
  readonly settings?: readonly (keyof (typeof gatewaySettings)["rows"])[];
  readonly hook?: keyof Hooks;
  /** Something else of ours: a switch, a role, a part of Node. */
  readonly other?: string;
  /** What differs, or why there is no counterpart. */
  readonly why: string;
}
