import type { Logger, Readiness } from "@gatehouse/telemetry";
import { Client, Pool } from "undici";
import type { WebSettings } from "../settings.ts";

/** What the edge knows of a replica; "unknown" until its first check. */
export type ReplicaState = Readiness | "unknown" | "down";

/** One gateway behind the edge: its kept connections, its state, its load. */
export class Replica {
  readonly address: string;
  readonly pool: Pool;
  readonly #admin: Client;
  readonly #logger: Logger;
  readonly #checks: NodeJS.Timeout;
  readonly #deadline: number;
  #state: ReplicaState = "unknown";
  #checking = false;
  inFlight = 0;

  constructor(address: string, settings: WebSettings, logger: Logger) {
    this.address = address;
    this.#logger = logger;
    const port = settings.upstream.split(":")[1];
    const connect = { timeout: settings.connectTimeout };
    this.pool = new Pool(`http://${address}:${port}`, {
      connect,
      connections: settings.upstreamConnections,
      // The edge closes an idle connection first, whatever the gateway announces: otherwise a
      // request could meet the gateway's close half-way.
      keepAliveTimeout: settings.upstreamIdle,
      keepAliveMaxTimeout: settings.upstreamIdle,
      headersTimeout: settings.upstreamTimeout,
      bodyTimeout: settings.upstreamTimeout,
    });
    this.#deadline = settings.checkInterval;
    this.#admin = new Client(`http://${address}:${settings.upstreamAdminPort}`, { connect });
    this.#checks = setInterval(() => void this.#check(), settings.checkInterval);
    void this.#check();
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** A connection to the replica failed: believe it until the next check. */
  suspect(reason: string): void {
    this.#become("down", reason);
  }

  /** Checks no more, and closes the connections once their requests have been answered. */
  async retire(): Promise<void> {
    clearInterval(this.#checks);
    await Promise.all([this.pool.close(), this.#admin.destroy()]);
  }

  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      const answer = await this.#admin.request({
        path: "/readyz",
        method: "GET",
        signal: AbortSignal.timeout(this.#deadline),
      });
      const word = (await answer.body.text()).trim();
      this.#become(isReadiness(word) ? word : "down", `${answer.statusCode} ${word}`);
    } catch (error) {
      this.#become("down", String(error));
    } finally {
      this.#checking = false;
    }
  }

  #become(state: ReplicaState, reason: string): void {
    if (state === this.#state || this.pool.destroyed) return;
    const line = { replica: this.address, from: this.#state, to: state, reason };
    this.#state = state;
    this.#logger.info("replica state", line);
  }
}

function isReadiness(word: string): word is Readiness {
  return word === "starting" || word === "ready" || word === "draining";
}
