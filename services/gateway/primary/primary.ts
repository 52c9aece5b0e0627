import { setTimeout as pause } from "node:timers/promises";
import { ControlSocket, controlPath, followSignals } from "@gatehouse/processes";
import { Admin, createLogger, type Readiness, reasonOf, SOCKET_FIELD } from "@gatehouse/telemetry";
import { makeFolder, Slots } from "../affinity/slots.ts";
import type { Configuration, StandingConfiguration } from "../configuration.ts";
import { SIGNALS } from "../control/signals.ts";
import type { GatewayStatus } from "../control/status.ts";
import { type Operations, VERBS } from "../control/verbs.ts";
import { type GatewayView, HookRunner } from "../hooks/hooks.ts";
import { defaultWorkers } from "../pool/cgroup.ts";
import { launchOf } from "../pool/launch.ts";
import { Pool } from "../pool/pool.ts";
import { Recycling } from "../pool/recycling.ts";
import { watchWorkers } from "../pool/watchdog.ts";
import { Health } from "../telemetry/health.ts";
import { PrimaryMetrics } from "../telemetry/primary-metrics.ts";
import { Listener } from "./listener.ts";

/** Milliseconds that a hook of the primary may take before the gateway goes on. */
const HOOK_TIMEOUT = 5000;

/**
 * The process that owns the listening socket and the pool. It runs no application code, so nothing
 * that an application does can end it.
 */
export class Primary implements Operations {
  readonly #standing: StandingConfiguration;
  readonly #read: () => Promise<Configuration>;
  readonly #logger = createLogger("gateway", {});
  readonly #listener: Listener;
  readonly pool: Pool;
  readonly #health: Health;
  readonly #view: GatewayView;
  readonly #hooks: HookRunner;
  readonly #metrics: PrimaryMetrics;
  readonly #admin: Admin;
  readonly #control = new ControlSocket<Operations>(VERBS, this);
  readonly #startedAt = performance.now();
  #slots: Slots | undefined;
  #stopping: AbortController | undefined;
  #stopped: Promise<number> | undefined;
  #ended: Promise<never> | undefined;

  constructor(configuration: Configuration, read: () => Promise<Configuration>) {
    const { settings, hooks } = configuration;
    this.#read = read;
    this.#standing = { settings, hooks };
    this.#listener = new Listener(
      settings,
      (error) =>
        this.#logger.error("a connection could not be accepted", { reason: String(error) }),
      {
        taken: (port, { message: reason }) =>
          this.#logger.warn("the application cannot call itself on its own port", { port, reason }),
        opened: (port) =>
          this.#logger.info("the application can call itself on its own port now", { port }),
      },
    );
    const size = settings.workers || defaultWorkers();
    const launch = launchOf(configuration, settings.port);
    this.pool = new Pool(size, launch, this.#standing, this.#listener, this.#logger);
    this.#view = {
      pid: process.pid,
      settings,
      logger: this.#logger,
      workers: () => this.status().workers,
    };
    this.#hooks = new HookRunner(this.#standing, this.#view, HOOK_TIMEOUT);
    this.#metrics = new PrimaryMetrics(this.pool, this.#listener, this.#logger);
    this.#health = new Health(this.pool, this.#standing);
    watchWorkers(this.pool, this.#standing, this.#hooks, this.#logger);
    new Recycling(this.pool, this.#standing, this.#logger);
    this.#admin = new Admin({
      livez: () => (this.#stopping === undefined ? this.#health.failure() : undefined),
      readyz: () => this.readiness,
      readyzFields: () => {
        const { socketName } = this.#listener;
        return socketName === undefined ? {} : { [SOCKET_FIELD]: socketName };
      },
      metrics: () => this.#metrics.text(),
      status: () => this.status(),
    });
  }

  async start(): Promise<void> {
    const { settings, hooks } = this.#standing;
    const { adminHost: host, adminPort: port, adminSocket: socket, app } = settings;
    followSignals<Operations>(SIGNALS, this, this.#logger);
    const controlSocket = controlPath("gateway", settings.controlSocket, settings.port);
    try {
      await hooks.onStarting?.(this.#view);
      await this.#admin.listen({ host, port, socket });
      if (controlSocket !== undefined) await this.#control.open(controlSocket);
    } catch (error) {
      this.#logger.error("the gateway cannot start", { reason: String(error), error });
      return this.#exit(1);
    }
    this.#openSlots(controlSocket);
    this.pool.launch = { ...this.pool.launch, port: this.#listener.reserve() };
    const { size } = this.pool;
    const line = { app, workers: size, admin_port: this.#admin.port, control: controlSocket };
    this.#logger.info("gateway starts", line);
    this.#followPool();
    this.pool.start();
  }

  get readiness(): Readiness {
    if (this.#stopping !== undefined) return "draining";
    return this.#health.serves() ? "ready" : "starting";
  }

  status(): GatewayStatus {
    return {
      state: this.readiness,
      pid: process.pid,
      uptime_s: Math.round((performance.now() - this.#startedAt) / 1000),
      app: this.#standing.settings.app,
      port: this.#listener.port,
      generation: this.pool.generation,
      size: this.pool.size,
      waiting: this.#listener.waiting,
      workers: this.pool.workers.map((worker) => worker.status()),
    };
  }

  /**
   * Reads the configuration and loads the application anew, worker by worker.
   * @throws the application's own error, or a setting's; then the old generation keeps serving.
   */
  async reload(): Promise<void> {
    this.#logger.info("reload begins", { generation: this.pool.generation });
    const { launch } = this.pool;
    try {
      const next = await this.#read();
      this.pool.launch = launchOf(next, launch.port);
      await this.#hooks.run("onReload", (hooks, view) => hooks.onReload?.(view));
      await this.pool.reload();
      const { settings, hooks } = next;
      const before = this.#standing.settings.workers;
      Object.assign(this.#standing, { settings, hooks });
      const { workers } = settings;
      if (workers !== before) await this.pool.scale(workers || defaultWorkers());
    } catch (error) {
      this.pool.launch = launch;
      this.#metrics.reloaded("aborted");
      const reason = reasonOf(error);
      this.#logger.error("reload aborted: the old generation keeps serving", { reason });
      throw error;
    }
    this.#metrics.reloaded("done");
    this.#logger.info("reload done", { generation: this.pool.generation });
  }

  reopenLogs(): void {
    for (const worker of this.pool.workers) worker.send({ type: "reopen-log" });
  }

  /**
   * Lame duck, then drain, then exit. A second call ends the lame-duck time. Resolves with how many
   * workers were killed with requests in flight.
   */
  drain(): Promise<number> {
    if (this.#stopping === undefined) this.#stopping = new AbortController();
    else this.#stopping.abort();
    this.#stopped ??= this.#drain(this.#stopping.signal);
    return this.#stopped;
  }

  async quit(): Promise<void> {
    this.#stopping ??= new AbortController();
    await this.pool.quit();
    await this.#end();
  }

  async #drain(hurry: AbortSignal): Promise<number> {
    const { lameDuck, gracefulTimeout } = this.#standing.settings;
    this.#logger.info("gateway state", { from: "ready", to: "draining" });
    this.pool.lameDuck();
    // A web server that keeps a connection for its checks notices now.
    this.#admin.closeIdle();
    await pause(lameDuck, undefined, { signal: hurry }).catch(() => undefined);
    const began = performance.now();
    const hasWorker = () => this.pool.workers.some(({ state }) => state === "ready");
    await this.#listener.close(gracefulTimeout, hasWorker);
    const cut = await this.pool.drain(gracefulTimeout - (performance.now() - began));
    // The verb `drain` gets its response before the process ends.
    setImmediate(() => void this.#end());
    return cut;
  }

  /** Once, although a quit may overtake a drain. */
  #end(): Promise<never> {
    this.#ended ??= this.#hooks
      .run("onExit", (hooks, view) => hooks.onExit?.(view))
      .then(() => this.#control.close())
      .then(() => this.#exit(0));
    return this.#ended;
  }

  /** Without a folder the workers share nothing, and serve on. */
  #openSlots(controlSocket: string | undefined): void {
    try {
      this.#slots = new Slots(this.pool, makeFolder(controlSocket));
    } catch (error) {
      const reason = reasonOf(error);
      this.#logger.warn("there is no affinity: the workers' folder cannot be made", { reason });
    }
  }

  #followPool(): void {
    let wasReady = false;
    this.pool.on("spawned", (worker) => {
      worker.on("state", () => {
        if (wasReady || this.readiness !== "ready") return;
        wasReady = true;
        void this.#hooks.run("whenReady", (hooks, view) => hooks.whenReady?.(view));
      });
    });
    this.pool.on("ended", (worker, ending) => {
      const status = worker.status();
      void this.#hooks.run("childExit", (hooks, view) => hooks.childExit?.(view, status, ending));
    });
    this.pool.on("resized", (size, before) => {
      this.#logger.info("pool resized", { from: before, to: size });
      void this.#hooks.run("nworkersChanged", (hooks, view) =>
        hooks.nworkersChanged?.(view, size, before),
      );
    });
    this.pool.on("error", (error) => {
      this.#logger.error("the port cannot be opened", { reason: String(error) });
      this.#exit(1);
    });
  }

  #exit(code: number): never {
    this.#slots?.close();
    this.#logger.info("gateway ended", { code });
    process.exit(code);
  }
}
