import type { Hooks } from "../hooks/hooks.ts";
import type { GatewaySettings } from "../settings.ts";

export type { GatewayView, Hooks, Outcome, WorkerStatus, WorkerView } from "../hooks/hooks.ts";

/** What gateway.config.ts may hold: any setting of the table, and hooks. */
export interface GatewayConfig extends Partial<GatewaySettings> {
  readonly hooks?: Hooks;
}

/** Gives gateway.config.ts its types: `export default defineConfig({ workers: 4 })`. */
export function defineConfig(config: GatewayConfig): GatewayConfig {
  return config;
}
