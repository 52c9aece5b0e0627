import { Agent } from "node:http";
import { setInterval } from "node:timers/promises";
import { call } from "../stack/http.ts";

/** The client's own counts. */
export interface Counts {
  readonly sent: number;
  readonly ok: number;
  /** The requests sent per second. */
  readonly rate: number;
  /** Failed requests by their reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** Milliseconds of the slowest response with status 200. */
  readonly slowest: number;
}

export type Connections = "kept" | "fresh";

/**
 * A steady load of GETs, as an open model: one request every `every` milliseconds, however slow the
 * responses are. If this process falls behind, it sends what is due at once, so that the rate holds.
 */
export class Trickle {
  readonly #stopping = new AbortController();
  readonly #sending: Promise<Counts>;
  #ok = 0;

  constructor(url: string, connections: Connections, every = 20) {
    this.#sending = this.#send(url, connections, every);
  }

  /** Responses with status 200 so far. */
  get ok(): number {
    return this.#ok;
  }

  /** Stops sending, and waits for the responses that are still due. */
  async stop(): Promise<Counts> {
    this.#stopping.abort();
    return await this.#sending;
  }

  async #send(url: string, connections: Connections, every: number): Promise<Counts> {
    const agent = new Agent({ keepAlive: connections === "kept", maxSockets: 32 });
    const failures: Record<string, number> = {};
    const sent: Promise<void>[] = [];
    let slowest = 0;
    const one = async () => {
      const start = performance.now();
      const failure = await call(url, { agent }).then(
        ({ status }) => (status === 200 ? undefined : `status ${status}`),
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      );
      if (failure !== undefined) {
        failures[failure] = (failures[failure] ?? 0) + 1;
        return;
      }
      this.#ok += 1;
      slowest = Math.max(slowest, performance.now() - start);
    };
    const began = performance.now();
    const ticks = setInterval(every, undefined, { signal: this.#stopping.signal });
    try {
      for await (const _ of ticks) {
        const due = Math.floor((performance.now() - began) / every);
        while (sent.length < due) sent.push(one());
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    }
    const rate = Math.round((sent.length * 1000) / (performance.now() - began));
    await Promise.all(sent);
    agent.destroy();
    return { sent: sent.length, ok: this.#ok, rate, failures, slowest: Math.round(slowest) };
  }
}
