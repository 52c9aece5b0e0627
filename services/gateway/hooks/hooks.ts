import type { IncomingMessage } from "node:http";
import type { Logger } from "@gatehouse/telemetry";
import type { Ending } from "../pool/ending-cause.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { GatewaySettings } from "../settings.ts";

export type WorkerStatus = ReturnType<WorkerProcess["status"]>;

/** For the hooks in the primary. */
export interface GatewayView {
  readonly pid: number;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
  workers(): readonly WorkerStatus[];
}

/** For the hooks in a worker. */
export interface WorkerView {
  readonly id: number;
  readonly pid: number;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
}

/** How a request went; `duration` is milliseconds. */
export interface Outcome {
  readonly status: number;
  readonly duration: number;
}

/**
 * gunicorn's hooks, given in gateway.config.ts. A hook may return a promise. One that throws is
 * logged and changes nothing, except that onStarting stops the start, and that postFork and
 * postWorkerInit fail the boot of their worker.
 */
export interface Hooks {
  /** Primary: before anything is opened. */
  onStarting?(gateway: GatewayView): unknown;
  /** Primary: a reload begins. */
  onReload?(gateway: GatewayView): unknown;
  /** Primary: the first time that every worker serves. */
  whenReady?(gateway: GatewayView): unknown;
  /** Worker: before the application is loaded. */
  postFork?(worker: WorkerView): unknown;
  /** Worker: the application is started and ready. */
  postWorkerInit?(worker: WorkerView): unknown;
  /** Primary: a worker is stuck and will be killed; `stack` shows where. */
  workerAbort?(gateway: GatewayView, worker: WorkerStatus, stack: string): unknown;
  /** Worker: before the application is called. Not awaited. */
  preRequest?(worker: WorkerView, request: IncomingMessage): unknown;
  /** Worker: the response has been sent, or the client has left. Not awaited. */
  postRequest?(worker: WorkerView, request: IncomingMessage, outcome: Outcome): unknown;
  /** Primary: a worker has ended. */
  childExit?(gateway: GatewayView, worker: WorkerStatus, ending: Ending): unknown;
  /** Worker: after the application's shutdown, before the process exits. */
  workerExit?(worker: WorkerView): unknown;
  /** Primary: the number of workers was changed by TTIN, TTOU or `gateway scale`. */
  nworkersChanged?(gateway: GatewayView, size: number, before: number): unknown;
  /** Primary: the last thing before it exits. */
  onExit?(gateway: GatewayView): unknown;
}

/** Runs a hook; resolves when it has returned or failed, which is logged. */
export function runHook(logger: Logger, call: () => unknown, fields: object = {}): Promise<void> {
  const failed = (error: unknown) => logger.error("hook failed", { ...fields, error });
  return Promise.try(call).then(() => undefined, failed);
}

/** Runs the primary's hooks; the gateway goes on when one throws or does not return. */
export class HookRunner {
  readonly #standing: { readonly hooks: Hooks };
  readonly #gateway: GatewayView;
  readonly #timeout: number;

  /** @param timeout milliseconds that a hook may take before the gateway goes on */
  constructor(standing: { readonly hooks: Hooks }, gateway: GatewayView, timeout: number) {
    this.#standing = standing;
    this.#gateway = gateway;
    this.#timeout = timeout;
  }

  /** Resolves when the hook has returned, failed or run out of time. */
  async run(
    hook: keyof Hooks,
    call: (hooks: Hooks, gateway: GatewayView) => unknown,
  ): Promise<void> {
    const { hooks } = this.#standing;
    if (hooks[hook] === undefined) return;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error("took too long")), this.#timeout);
    const done = Promise.race([Promise.try(call, hooks, this.#gateway), late.promise]);
    await runHook(this.#gateway.logger, () => done, { hook });
    clearTimeout(timer);
  }
}
