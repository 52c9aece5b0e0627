import type { StandingConfiguration } from "../configuration/configuration.ts";
import type { GatewayView, Hooks } from "./hooks.ts";

type PrimaryHook = {
  [Name in keyof Hooks]-?: Parameters<NonNullable<Hooks[Name]>>[0] extends GatewayView
    ? Name
    : never;
}[keyof Hooks];

type Rest<Name extends keyof Hooks> =
  Parameters<NonNullable<Hooks[Name]>> extends [unknown, ...infer Others] ? Others : never;

/** Runs the primary's hooks so that one which throws, or never returns, harms nobody. */
export class HookRunner {
  readonly #standing: StandingConfiguration;
  readonly #gateway: GatewayView;
  readonly #patience: number;

  /** @param patience milliseconds that a hook may take before the gateway goes on. */
  constructor(standing: StandingConfiguration, gateway: GatewayView, patience: number) {
    this.#standing = standing;
    this.#gateway = gateway;
    this.#patience = patience;
  }

  /** Resolves when the hook has returned, failed or run out of patience. */
  async run<Name extends PrimaryHook>(name: Name, ...args: Rest<Name>): Promise<void> {
    const { hooks } = this.#standing;
    const hook = hooks[name];
    if (hook === undefined) return;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("took too long")), this.#patience);
    try {
      await Promise.race([Reflect.apply(hook, hooks, [this.#gateway, ...args]), late.promise]);
    } catch (error) {
      this.#gateway.logger.error("hook failed", { hook: name, error });
    } finally {
      clearTimeout(timer);
    }
  }
}
