import { Agent, get } from "node:http";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import type { Ports } from "./edge-process.ts";

const EVERY = 5;
const KEPT = 8;

type Ask = () => Promise<{ readonly site: string | undefined; readonly body: string }>;

/**
 * Clients that send requests at a steady rate on fresh connections, on kept ones, and over one HTTP/2
 * session, and that count every failure and every connection which the edge closes.
 */
export class Clients {
  readonly failures: string[] = [];
  /** The sites that responded, each once, in the order of their first response. */
  readonly sites: string[] = [];
  readonly counts = { fresh: 0, kept: 0, http2: 0 };
  closed = 0;
  readonly #timers: NodeJS.Timeout[];
  readonly #due = new Set<Promise<void>>();
  readonly #endings: (() => void)[] = [];
  #stopped: Promise<void> | undefined;

  constructor(ports: Ports, ca: string) {
    const url = `http://127.0.0.1:${ports.http}/`;
    const kept = this.#keptAgent();
    const session = connect(`https://127.0.0.1:${ports.https}`, { ca });
    const lost = () => this.closed++;
    session.on("error", (error) => this.failures.push(`http2 ${error.message}`));
    session.on("goaway", lost).on("close", lost);
    this.#endings.push(() => session.off("close", lost).destroy());
    const overHttp2: Ask = async () => {
      const stream = session.request({ ":path": "/" });
      let site = "";
      stream.once("response", (headers) => {
        site = String(headers["x-site"]);
      });
      return { body: await text(stream), site };
    };
    const kinds: readonly (readonly [keyof Clients["counts"], Ask])[] = [
      ["fresh", () => ask(url, undefined)],
      ["kept", () => ask(url, kept)],
      ["http2", overHttp2],
    ];
    this.#timers = kinds.map(([kind, one]) => setInterval(() => this.#send(kind, one), EVERY));
  }

  get responses(): number {
    return this.counts.fresh + this.counts.kept + this.counts.http2;
  }

  /** Sends no more; resolves when every request has its response or has failed. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#due);
    for (const end of this.#endings) end();
  }

  #keptAgent(): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: KEPT, scheduling: "fifo" });
    const lost = () => this.closed++;
    agent.on("free", (socket) => {
      if (socket.listeners("close").includes(lost)) return;
      socket.on("close", lost);
      this.#endings.push(() => socket.off("close", lost));
    });
    this.#endings.push(() => agent.destroy());
    return agent;
  }

  #send(kind: keyof Clients["counts"], one: Ask): void {
    const due = one().then(
      ({ site = "none", body }) => {
        if (body !== "/") this.failures.push(`${kind}: ${body}`);
        this.counts[kind]++;
        if (!this.sites.includes(site)) this.sites.push(site);
      },
      (error: Error) => void this.failures.push(`${kind}: ${error.message}`),
    );
    this.#due.add(due);
    void due.finally(() => this.#due.delete(due));
  }
}

function ask(url: string, agent: Agent | undefined): ReturnType<Ask> {
  return new Promise((resolve, reject) => {
    get(url, { agent: agent ?? false }, (response) => {
      const site = response.headers["x-site"]?.toString();
      text(response).then((body) => resolve({ site, body }), reject);
    }).once("error", reject);
  });
}
