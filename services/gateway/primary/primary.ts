import { setTimeout as pause } from "node:timers/promises";
import {
  Admin,
  ControlSocket,
  controlPath,
  createLogger,
  flushLogs,
  type Readiness,
} from "@gatehouse/telemetry";
import { type Configuration, StandingConfiguration } from "../configuration.ts";
import type { Operations } from "../control/operations.ts";
import { followSignals } from "../control/signals.ts";
import type { GatewayStatus } from "../control/status.ts";
import { verbsOf } from "../control/verbs.ts";
import type { GatewayView } from "../hooks/hooks.ts";
import { HookRunner } from "../hooks/hooks.ts";
import { defaultWorkers } from "../pool/cgroup.ts";
import { Pool } from "../pool/pool.ts";
import { Recycling } from "../pool/recycling.ts";
import { Watchdog } from "../pool/watchdog.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import { MetricsLedger } from "../telemetry/metrics-ledger.ts";
import { Vitals } from "../telemetry/vitals.ts";
import { Listener } from "./listener.ts";

/** Milliseconds that a hook of the primary may take before the gateway goes on. */
const HOOK_PATIENCE = 5000;

/**
 * The process that owns the listening socket and the pool: no application code runs here, so
 * nothing an application does can end it.
 */
export class Primary implements Operations {
  readonly #standing: StandingConfiguration;
  readonly #read: () => Promise<Configuration>;
  readonly #logger = createLogger("gateway", {});
  readonly #listener: Listener;
  readonly #pool: Pool;
  readonly #vitals: Vitals;
  readonly #view: GatewayView;
  readonly #hooks: HookRunner;
  readonly #ledger: MetricsLedger;
  readonly #admin: Admin;
  readonly #control: ControlSocket;
  readonly #startedAt = Date.now();
  #stopping: AbortController | undefined;
  #stopped: Promise<number> | undefined;
  #ended: Promise<never> | undefined;

  /** @param read reads the configuration anew, for a reload. */
  constructor(configuration: Configuration, read: () => Promise<Configuration>) {
    const { settings } = configuration;
    this.#read = read;
    this.#standing = new StandingConfiguration(configuration);
    this.#listener = new Listener(settings, (error) => {
      this.#logger.error("a connection could not be accepted", { reason: String(error) });
    });
    const size = settings.workers || defaultWorkers();
    this.#pool = new Pool(size, this.#standing, this.#listener, this.#logger);
    this.#view = {
      pid: process.pid,
      settings,
      logger: this.#logger,
      workers: () => this.status().workers,
    };
    this.#hooks = new HookRunner(this.#standing, this.#view, HOOK_PATIENCE);
    this.#ledger = new MetricsLedger(this.#pool, this.#listener, this.#logger);
    this.#vitals = new Vitals(this.#pool, this.#standing);
    new Watchdog(this.#pool, this.#standing, this.#hooks, this.#logger);
    new Recycling(this.#pool, this.#standing, this.#logger);
    this.#control = new ControlSocket(verbsOf(this));
    this.#admin = new Admin({
      livez: () => (this.#stopping === undefined ? this.#vitals.trouble() : undefined),
      readyz: () => this.readiness,
      metrics: () => this.#ledger.text(),
      status: () => this.status(),
    });
  }

  async start(): Promise<void> {
    const { settings, hooks } = this.#standing;
    const { adminHost: host, adminPort: port, adminSocket: socket, app } = settings;
    followSignals(this, this.#logger);
    const controlSocket = controlPath("gateway", settings.controlSocket, settings.port);
    try {
      await hooks.onStarting?.(this.#view);
      await this.#admin.listen({ host, port, socket });
      if (controlSocket !== undefined) await this.#control.open(controlSocket);
    } catch (error) {
      this.#logger.error("the gateway cannot start", { reason: String(error), error });
      return this.#exit(1);
    }
    const { size } = this.#pool;
    const line = { app, workers: size, admin_port: this.#admin.port, control: controlSocket };
    this.#logger.info("gateway starts", line);
    this.#follow();
    this.#pool.start();
  }

  get size(): number {
    return this.#pool.size;
  }

  get readiness(): Readiness {
    if (this.#stopping !== undefined) return "draining";
    return this.#vitals.serves() ? "ready" : "starting";
  }

  status(): GatewayStatus {
    return {
      state: this.readiness,
      pid: process.pid,
      uptime_s: Math.round((Date.now() - this.#startedAt) / 1000),
      app: this.#standing.settings.app,
      port: this.#listener.port,
      generation: this.#pool.generation,
      size: this.#pool.size,
      waiting: this.#listener.waiting,
      workers: this.#pool.workers.map((worker) => worker.status()),
    };
  }

  /** The worker with this process id. @throws Error when there is none. */
  worker(pid: number): WorkerProcess {
    const found = this.#pool.workers.find((worker) => worker.pid === pid);
    if (found === undefined) throw new Error(`no worker has the process id ${pid}`);
    return found;
  }

  /**
   * Reads the configuration and loads the application anew, worker by worker. @throws the
   * application's own error, or a setting's: then the old generation keeps serving.
   */
  async reload(): Promise<void> {
    this.#logger.info("reload begins", { generation: this.#pool.generation });
    try {
      const next = await this.#read();
      await this.#hooks.run("onReload");
      await this.#pool.reload();
      const before = this.#standing.settings.workers;
      this.#standing.replace(next);
      const { workers } = next.settings;
      if (workers !== before) await this.#pool.scale(workers || defaultWorkers());
    } catch (error) {
      this.#ledger.reloaded("aborted");
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.error("reload aborted: the old generation keeps serving", { reason });
      throw error;
    }
    this.#ledger.reloaded("done");
    this.#logger.info("reload done", { generation: this.#pool.generation });
  }

  /** Resolves when there are `size` workers. @throws BootError */
  scale(size: number): Promise<void> {
    return this.#pool.scale(size);
  }

  /** Resolves when the worker's replacement serves. @throws BootError */
  kill(worker: WorkerProcess): Promise<void> {
    return this.#pool.kill(worker);
  }

  reopenLogs(): void {
    for (const worker of this.#pool.workers) worker.tell({ type: "reopen-log" });
  }

  /**
   * Lame duck, then drain, then exit. A second call ends the lame-duck time. Resolves with how
   * many workers had to be cut.
   */
  drain(): Promise<number> {
    if (this.#stopping === undefined) this.#stopping = new AbortController();
    else this.#stopping.abort();
    this.#stopped ??= this.#drain(this.#stopping.signal);
    return this.#stopped;
  }

  /** Ends everything at once. */
  async quit(): Promise<void> {
    this.#stopping ??= new AbortController();
    await this.#pool.quit();
    await this.#end();
  }

  async #drain(hurry: AbortSignal): Promise<number> {
    const { lameDuck, gracefulTimeout } = this.#standing.settings;
    this.#logger.info("gateway state", { from: "ready", to: "draining" });
    this.#pool.lameDuck();
    await pause(lameDuck, undefined, { signal: hurry }).catch(() => undefined);
    const began = Date.now();
    await this.#listener.close(gracefulTimeout);
    const cut = await this.#pool.drain(gracefulTimeout - (Date.now() - began));
    // Whoever waits for this result is answered before the process ends.
    setImmediate(() => void this.#end());
    return cut;
  }

  /** Once, although a drain may be hurried into a quit. */
  #end(): Promise<never> {
    this.#ended ??= this.#hooks
      .run("onExit")
      .then(() => this.#control.close())
      .then(() => this.#exit(0));
    return this.#ended;
  }

  #follow(): void {
    let wasReady = false;
    this.#pool.on("spawned", (worker) => {
      worker.on("state", () => {
        if (wasReady || this.readiness !== "ready") return;
        wasReady = true;
        void this.#hooks.run("whenReady");
      });
    });
    this.#pool.on("ended", (worker, ending) => {
      void this.#hooks.run("childExit", worker.status(), ending);
    });
    this.#pool.on("resized", (size, before) => {
      this.#logger.info("pool resized", { from: before, to: size });
      void this.#hooks.run("nworkersChanged", size, before);
    });
    this.#pool.on("error", (error) => {
      this.#logger.error("the port cannot be opened", { reason: String(error) });
      this.#exit(1);
    });
  }

  #exit(code: number): never {
    this.#logger.info("gateway ended", { code });
    flushLogs();
    process.exit(code);
  }
}
