import type { VerbCall, VerbTable } from "@gatehouse/processes";
import type { Pool } from "../pool/pool.ts";
import { stackTrace } from "../pool/stack-trace.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import { type GatewayStatus, showStatus } from "./status.ts";

/** What an operator can have a running gateway do, by a verb or a signal. */
export interface Operations {
  readonly pool: Pool;
  status(): GatewayStatus;
  reload(): Promise<void>;
  reopenLogs(): void;
  /** Resolves with how many workers were killed with requests in flight. */
  drain(): Promise<number>;
  quit(): Promise<void>;
}

const MOST_WORKERS = 512;

export const VERBS: VerbTable<Operations> = {
  status: {
    flags: { watch: "boolean" },
    run: async (gateway) => JSON.stringify(gateway.status()),
    show: (status, { flags }) => showStatus(status, flags.watch === true),
  },
  reload: {
    run: async (gateway) => {
      await gateway.reload();
      return `reloaded: generation ${gateway.status().generation} serves`;
    },
  },
  scale: {
    operand: "N",
    run: async (gateway, { operand }) => {
      const size = Number(operand);
      if (!Number.isInteger(size) || size < 1 || size > MOST_WORKERS) {
        throw new Error(`scale: expected a whole number from 1 to ${MOST_WORKERS}`);
      }
      await gateway.pool.scale(size);
      return `${size} workers`;
    },
  },
  drain: {
    run: async (gateway) => {
      const cut = await gateway.drain();
      if (cut > 0) throw new Error(`drained, but ${cut} workers were cut with requests in flight`);
      return "drained";
    },
  },
  kill: {
    operand: "PID",
    run: async (gateway, call) => {
      const worker = workerOf(gateway, call);
      await gateway.pool.kill(worker);
      return `${worker.pid} is killed and replaced`;
    },
  },
  dump: {
    operand: "PID",
    run: async (gateway, call) => {
      const worker = workerOf(gateway, call);
      const { state, pid, ...rest } = worker.status();
      return `worker ${pid} (${state})\n${await stackTrace(worker)}\n${JSON.stringify(rest)}`;
    },
  },
};

function workerOf(gateway: Operations, { operand = "" }: VerbCall): WorkerProcess {
  if (!/^\d+$/.test(operand)) throw new Error("expected the process id of a worker");
  const found = gateway.pool.workers.find(({ pid }) => pid === Number(operand));
  if (found === undefined) throw new Error(`no worker has the process id ${Number(operand)}`);
  return found;
}
