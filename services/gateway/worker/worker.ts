import cluster from "node:cluster";
import inspector from "node:inspector";
import type { Socket } from "node:net";
import { createLogger, flushLogs, type Logger } from "@gatehouse/telemetry";
import { Registry } from "prom-client";
import type { Application, LifespanContext } from "../applications/application.ts";
import { loadApplication } from "../applications/load-application.ts";
import type { Configuration } from "../configuration.ts";
import type { WorkerView } from "../hooks/hooks.ts";
import { HttpServer } from "../http/http-server.ts";
import { BOOT_FAILED, type FromWorker, type ToWorker } from "../pool/messages.ts";
import { AccessLog } from "../telemetry/access-log.ts";
import { RequestMetrics } from "../telemetry/request-metrics.ts";
import { inlineMore } from "./inlining.ts";
import { lifespanContext } from "./lifespan.ts";
import { endWithParent } from "./orphan-watch.ts";
import { probe } from "./probe.ts";
import { snapshot } from "./snapshot.ts";

/** The life of a worker: load, start up, become ready, serve, retire, shut down, exit. */
export class GatewayWorker {
  readonly #configuration: Configuration;
  readonly #logger: Logger = createLogger("gateway", {});
  readonly #registry = new Registry();
  readonly #metrics = new RequestMetrics();
  readonly #accessLog: AccessLog;
  readonly #stopping = new AbortController();
  readonly #view: WorkerView;
  readonly #context: LifespanContext;
  #application: Application | undefined;
  #server: HttpServer | undefined;

  constructor(configuration: Configuration) {
    const { settings } = configuration;
    const id = cluster.worker?.id ?? 0;
    this.#configuration = configuration;
    this.#accessLog = new AccessLog(settings.accessLog);
    this.#view = { id, pid: process.pid, settings, logger: this.#logger };
    this.#context = lifespanContext(id, this.#registry, this.#stopping.signal);
  }

  async run(): Promise<void> {
    inlineMore();
    endWithParent();
    // A terminal's Ctrl-C reaches the whole process group; the primary alone decides.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, ignored);
    process.on("message", (message: ToWorker, socket?: Socket) => this.#obey(message, socket));
    try {
      await this.boot();
      this.#tell({ type: "ready" });
      this.#beat();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Loads the application and has it prove itself. @throws the application's own error. */
  async boot(): Promise<void> {
    const { settings, hooks } = this.#configuration;
    await hooks.postFork?.(this.#view);
    const application = await loadApplication(settings, this.#logger);
    await application.startup(this.#context);
    await application.ready();
    await hooks.postWorkerInit?.(this.#view);
    const server = new HttpServer({
      application,
      settings,
      hooks,
      logger: this.#logger,
      metrics: this.#metrics,
      accessLog: this.#accessLog,
      view: this.#view,
    });
    if (settings.healthPath !== "off") {
      await server.probe((accept) => probe(settings.healthPath, accept));
    }
    this.#application = application;
    this.#server = server;
  }

  /** Finishes, closes what is idle after `linger` ms, shuts the application down. */
  async leave(linger: number): Promise<void> {
    this.#stopping.abort();
    await this.#server?.end(linger);
    await this.#application?.shutdown(this.#context).catch((error: unknown) => {
      this.#logger.error("shutdown failed", { error });
    });
    await Promise.try(() => this.#configuration.hooks.workerExit?.(this.#view)).catch(
      (error: unknown) => this.#logger.error("hook failed", { hook: "workerExit", error }),
    );
  }

  #obey(message: ToWorker, socket: Socket | undefined): void {
    switch (message.type) {
      case "connection":
        if (Date.now() > message.leaveAfter) {
          socket?.destroy();
          this.#tell({ type: "left", id: message.id });
          return;
        }
        this.#tell({ type: "taken", id: message.id });
        // A client that has left already comes without its connection.
        if (socket !== undefined) this.#server?.accept(socket, Date.now() - message.acceptedAt);
        return;
      case "lame-duck":
        this.#server?.leave();
        return;
      case "retire":
        void this.#retire(message.linger);
        return;
      case "tell-metrics":
        void this.#tellMetrics();
        return;
      case "reopen-log":
        this.#accessLog.reopen();
        return;
      case "close-inspector":
        inspector.close();
    }
  }

  async #retire(linger: number): Promise<void> {
    if (this.#stopping.signal.aborted) {
      void this.#server?.end(linger);
      return;
    }
    await this.leave(linger);
    await this.#tellMetrics();
    this.#exit(0);
  }

  #beat(): void {
    // Several beats within the time after which silence means that the worker is stuck.
    const { timeout } = this.#configuration.settings;
    const interval = Math.min(1000, timeout === 0 ? 1000 : (timeout * 1000) / 4);
    let before = performance.eventLoopUtilization();
    const tell = () => {
      const now = performance.eventLoopUtilization();
      const loop = performance.eventLoopUtilization(now, before).utilization;
      before = now;
      this.#tell({
        type: "beat",
        inFlight: this.#metrics.inFlight,
        queued: this.#server?.queued ?? 0,
        requests: this.#metrics.requests,
        connections: this.#server?.connections.count ?? 0,
        loop,
        rss: process.memoryUsage.rss(),
        lastError: this.#server?.lastError,
      });
    };
    tell();
    setInterval(tell, interval).unref();
  }

  async #tellMetrics(): Promise<void> {
    const metrics = await snapshot(this.#registry, this.#metrics, this.#logger);
    await this.#tell({ type: "metrics", metrics });
  }

  #giveUp(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const detail = error instanceof Error ? (error.stack ?? reason) : reason;
    this.#logger.error("the application did not start", { reason, error });
    void this.#tell({ type: "failed", reason, detail }).then(() => this.#exit(BOOT_FAILED));
  }

  /** Resolves when the message is on its way, or nobody is there to hear it. */
  #tell(message: FromWorker): Promise<void> {
    return new Promise((sent) => {
      if (!process.connected || process.send === undefined) sent();
      else process.send(message, undefined, {}, () => sent());
    });
  }

  #exit(code: number): never {
    this.#accessLog.flush();
    flushLogs();
    process.exit(code);
  }
}

function ignored(): void {}
