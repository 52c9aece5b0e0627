import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import { call } from "../stack/http.ts";
import { LINES } from "./application.ts";

/** The client's own counts. */
export interface Counts {
  readonly sent: number;
  readonly ok: number;
  /** The requests sent per second. */
  readonly rate: number;
  /** Failed requests by their reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** Responses by the release that they name. */
  readonly releases: Readonly<Record<string, number>>;
  /** Milliseconds that 99 of 100 responses took at most. */
  readonly p99: number;
}

const BODY = "x".repeat(20_000);

/** One in so many requests is of each kind; the kinds take turns. */
const KINDS = [
  { method: "GET", kept: true, secure: false },
  { method: "GET", kept: false, secure: false },
  { method: "POST", kept: true, secure: false },
  { method: "GET", kept: true, secure: true },
  { method: "POST", kept: false, secure: false },
] as const;

/**
 * A steady load as an open model: one request every so many milliseconds, however slow the responses are.
 * GETs and POSTs with a body, on kept and fresh connections, plain and with TLS. A response must be whole
 * and of one release.
 */
export class Load {
  readonly #stopping = new AbortController();
  readonly #sending: Promise<Counts>;
  readonly #releases: Record<string, number> = {};
  #ok = 0;

  /**
   * @param root the clone whose authority signed the site's certificate
   * @param rate requests per second
   */
  constructor(
    origins: { readonly http: string; readonly https: string },
    root: string,
    rate: number,
  ) {
    const ca = readFileSync(join(root, "secrets", "ca.crt"), "utf8");
    this.#sending = this.#send(origins, ca, 1000 / rate);
  }

  get ok(): number {
    return this.#ok;
  }

  /** How many responses named this release so far. */
  of(release: string): number {
    return this.#releases[release] ?? 0;
  }

  /** Stops sending, and waits for the responses that are still due. */
  async stop(): Promise<Counts> {
    this.#stopping.abort();
    return await this.#sending;
  }

  async #send(
    origins: { readonly http: string; readonly https: string },
    ca: string,
    every: number,
  ): Promise<Counts> {
    const kept = new Agent({ keepAlive: true, maxSockets: 32 });
    const keptSecure = new SecureAgent({ keepAlive: true, maxSockets: 32 });
    const failures: Record<string, number> = {};
    const times: number[] = [];
    const sent: Promise<void>[] = [];
    const one = async (): Promise<void> => {
      const { method, kept: keeps, secure } = KINDS[sent.length % KINDS.length] ?? KINDS[0];
      const body = method === "POST" ? { body: BODY } : {};
      const agent = keeps ? (secure ? keptSecure : kept) : false;
      const start = performance.now();
      // Not a path that a file or a cache serves.
      const url = `${secure ? origins.https : origins.http}/under-load`;
      const why = await call(url, { method, agent, ca, ...body, within: 60_000 }).then(
        ({ status, headers, text }) => {
          const release = String(headers["x-release"]);
          const expected = `${release} ${method === "POST" ? BODY.length : 0}\n`.repeat(LINES);
          if (status !== 200) return `status ${status}`;
          if (text !== expected) return "a response that is not wholly of one release";
          this.#releases[release] = this.of(release) + 1;
          return undefined;
        },
        (error: NodeJS.ErrnoException) => `${method}: ${error.code ?? error.message}`,
      );
      if (why !== undefined) {
        failures[why] = (failures[why] ?? 0) + 1;
        return;
      }
      this.#ok += 1;
      times.push(performance.now() - start);
    };
    const began = performance.now();
    try {
      const ticks = setInterval(every, undefined, { signal: this.#stopping.signal });
      for await (const _ of ticks) {
        // If this process falls behind, it sends what is due at once, so that the rate holds.
        const due = Math.floor((performance.now() - began) / every);
        while (sent.length < due) sent.push(one());
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error;
    }
    const rate = Math.round((sent.length * 1000) / (performance.now() - began));
    await Promise.all(sent);
    kept.destroy();
    keptSecure.destroy();
    times.sort((a, b) => a - b);
    const p99 = Math.round(times[Math.floor(times.length * 0.99)] ?? 0);
    const releases = { ...this.#releases };
    return { sent: sent.length, ok: this.#ok, rate, failures, releases, p99 };
  }
}
