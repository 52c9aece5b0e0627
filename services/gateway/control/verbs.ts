import type { Verbs } from "@gatehouse/telemetry";
import { stackTrace } from "../pool/stack-trace.ts";
import type { Operations } from "./operations.ts";
import type { Verb } from "./verb.ts";

const MOST_WORKERS = 512;

/** What each verb of the control socket does; it resolves when that is done. */
export function verbsOf(primary: Operations): Verbs<Verb> {
  return {
    status: async () => JSON.stringify(primary.status()),
    reload: async () => {
      await primary.reload();
      return `reloaded: generation ${primary.status().generation} serves`;
    },
    scale: async ([word]) => {
      const size = Number(word);
      if (!Number.isInteger(size) || size < 1 || size > MOST_WORKERS) {
        throw new Error(`scale: expected a whole number from 1 to ${MOST_WORKERS}`);
      }
      await primary.scale(size);
      return `${size} workers`;
    },
    drain: async () => {
      const cut = await primary.drain();
      if (cut > 0) throw new Error(`drained, but ${cut} workers were cut with requests in flight`);
      return "drained";
    },
    kill: async ([word]) => {
      const pid = Number(word);
      await primary.kill(primary.worker(pid));
      return `${pid} is killed and replaced`;
    },
    dump: async ([word]) => {
      const pid = Number(word);
      const worker = primary.worker(pid);
      const { state, ...rest } = worker.status();
      return `worker ${pid} (${state})\n${await stackTrace(worker)}\n${JSON.stringify(rest)}`;
    },
  };
}
