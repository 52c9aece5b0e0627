import { availableParallelism } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { Admin, createLogger, flushLogs, type Readiness } from "@gatehouse/telemetry";
import { AggregatorRegistry } from "prom-client";
import { Pool } from "./pool.ts";
import type { GatewaySettings } from "./settings.ts";

/**
 * The process that owns the pool: it never runs application code, so nothing an application
 * does can end it. Signals follow gunicorn: TERM drains, INT ends at once.
 */
export class Primary {
  readonly #settings: GatewaySettings;
  readonly #logger = createLogger("gateway", {});
  readonly #registry = new AggregatorRegistry();
  readonly #pool: Pool;
  readonly #admin: Admin;
  #stopping: AbortController | undefined;
  #wasReady = false;

  constructor(settings: GatewaySettings) {
    this.#settings = settings;
    const size = settings.workers === 0 ? availableParallelism() : settings.workers;
    this.#pool = new Pool(size, settings.bootTimeout, this.#logger);
    this.#admin = new Admin({
      livez: () => undefined,
      readyz: () => this.#readiness(),
      metrics: () => this.#registry.clusterMetrics(),
      status: () => ({
        state: this.#readiness(),
        pid: process.pid,
        app: settings.app,
        workers: this.#pool.status(),
      }),
    });
  }

  async start(): Promise<void> {
    const { adminHost: host, adminPort: port, adminSocket: socket } = this.#settings;
    process.on("SIGTERM", () => void this.#drain());
    process.on("SIGINT", () => this.#quit());
    try {
      await this.#admin.listen({ host, port, socket });
    } catch (error) {
      this.#logger.error("the admin port cannot be opened", { reason: String(error) });
      this.#exit(1);
    }
    this.#logger.info("gateway starts", {
      app: this.#settings.app,
      workers: this.#pool.size,
      admin_port: this.#admin.port,
    });
    this.#pool.start();
  }

  /** Ready once every worker was; from then on while at least half of them are. */
  #readiness(): Readiness {
    if (this.#stopping !== undefined) return "draining";
    const { ready, size } = this.#pool;
    if (ready === size) this.#wasReady = true;
    return this.#wasReady && ready * 2 >= size ? "ready" : "starting";
  }

  /** Lame duck, then drain. A second TERM ends the lame-duck time. */
  async #drain(): Promise<void> {
    if (this.#stopping !== undefined) {
      this.#stopping.abort();
      return;
    }
    this.#stopping = new AbortController();
    this.#logger.info("gateway state", { from: "ready", to: "draining" });
    this.#pool.lameDuck();
    await pause(this.#settings.lameDuck, undefined, { signal: this.#stopping.signal }).catch(
      () => undefined,
    );
    await this.#pool.drain(this.#settings.gracefulTimeout);
    this.#exit(0);
  }

  #quit(): void {
    this.#stopping ??= new AbortController();
    void this.#pool.drain(0).then(() => this.#exit(0));
  }

  #exit(code: number): never {
    this.#logger.info("gateway ended", { code });
    flushLogs();
    process.exit(code);
  }
}
