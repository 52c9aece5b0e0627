import type { WorkerProcess } from "../pool/worker-process.ts";
import type { GatewayStatus } from "./status.ts";

/** What an operator can have a gateway do, by a signal or by a verb of the control socket. */
export interface Operations {
  /** How many workers are wanted. */
  readonly size: number;
  status(): GatewayStatus;
  /** @throws Error for a pid that is no worker's. */
  worker(pid: number): WorkerProcess;
  reload(): Promise<void>;
  scale(size: number): Promise<void>;
  kill(worker: WorkerProcess): Promise<void>;
  reopenLogs(): void;
  /** Resolves with how many workers were cut. */
  drain(): Promise<number>;
  quit(): Promise<void>;
}
