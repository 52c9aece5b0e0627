import { Agent } from "node:http";
import { setInterval } from "node:timers/promises";
import { call } from "../stack/http.ts";

/** What the client itself counted. */
export interface Tally {
  readonly sent: number;
  readonly ok: number;
  /** Why requests failed, and how many of each. */
  readonly failures: Readonly<Record<string, number>>;
  /** Milliseconds of the slowest good response. */
  readonly slowest: number;
}

export type Connections = "kept" | "fresh";

/**
 * A trickle of GETs in an open model: one each `every` milliseconds, however slow the answers are,
 * until `stop`, which waits for the answers that are still due.
 */
export class Trickle {
  readonly #stopping = new AbortController();
  readonly #sending: Promise<Tally>;
  #ok = 0;

  constructor(url: string, connections: Connections, every = 20) {
    this.#sending = this.#send(url, connections, every);
  }

  /** Good answers so far. */
  get ok(): number {
    return this.#ok;
  }

  async stop(): Promise<Tally> {
    this.#stopping.abort();
    return await this.#sending;
  }

  async #send(url: string, connections: Connections, every: number): Promise<Tally> {
    const agent = new Agent({ keepAlive: connections === "kept", maxSockets: 32 });
    const failures: Record<string, number> = {};
    const due: Promise<void>[] = [];
    let slowest = 0;
    const one = async () => {
      const start = performance.now();
      const outcome = await call(url, { agent }).then(
        ({ status }) => (status === 200 ? undefined : `status ${status}`),
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      if (outcome !== undefined) {
        failures[outcome] = (failures[outcome] ?? 0) + 1;
        return;
      }
      this.#ok += 1;
      slowest = Math.max(slowest, performance.now() - start);
    };
    const ticks = setInterval(every, undefined, { signal: this.#stopping.signal });
    try {
      for await (const _ of ticks) due.push(one());
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    }
    await Promise.all(due);
    agent.destroy();
    return { sent: due.length, ok: this.#ok, failures, slowest: Math.round(slowest) };
  }
}
