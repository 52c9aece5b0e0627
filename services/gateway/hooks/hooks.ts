import type { IncomingMessage } from "node:http";
import type { Logger } from "@gatehouse/telemetry";
import type { Ending } from "../pool/worker-ending.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import type { GatewaySettings } from "../settings.ts";

/** A worker as the primary tells of it. */
export type WorkerStatus = ReturnType<WorkerProcess["status"]>;

/** The primary, to the hooks that run in it. */
export interface GatewayView {
  readonly pid: number;
  readonly settings: GatewaySettings;
  readonly logger: Logger;
  workers(): readonly WorkerStatus[];
}

/** A worker, to the hooks that run in it. */
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
 * gunicorn's hooks under their TypeScript names, given in gateway.config.ts. Those of the primary
 * are the only foreign code that runs there. A hook may return a promise. One that throws is
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
  /** Primary, since the worker cannot: it is stuck and will be killed; `stack` tells where. */
  workerAbort?(gateway: GatewayView, worker: WorkerStatus, stack: string): unknown;
  /** Worker: before the application is called. Not awaited. */
  preRequest?(worker: WorkerView, request: IncomingMessage): unknown;
  /** Worker: the answer has been sent, or the client has left. Not awaited. */
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
