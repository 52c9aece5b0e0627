import cluster from "node:cluster";
import inspector from "node:inspector";
import type { Server, Socket } from "node:net";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { createLogger, type Logger, reasonOf, type Traces } from "@gatehouse/telemetry";
import { Registry } from "prom-client";
import { listenForWorkers, socketPath } from "../affinity/link.ts";
import type { Application, LifespanContext } from "../applications/application.ts";
import { loadFailure } from "../applications/import-module.ts";
import { keepListener } from "../applications/kept-listeners.ts";
import { listenThrough, mainListensThrough } from "../applications/listen.ts";
import { loadApplication } from "../applications/load-application.ts";
import { OwnServers } from "../applications/own-servers.ts";
import { ProcessChannel } from "../applications/process-channel.ts";
import { type ProcessEvents, TERM_TIMEOUT } from "../applications/process-events.ts";
import type { Configuration } from "../configuration.ts";
import type { WorkerView } from "../hooks/hooks.ts";
import { HttpServer } from "../http/http-server.ts";
import { showEnds } from "../http/socket-ends.ts";
import { BOOT_FAILED, type FromWorker, type ToWorker } from "../pool/messages.ts";
import { sharedTime } from "../pool/shared-time.ts";
import { AccessLog } from "../telemetry/access-log.ts";
import { RequestMetrics } from "../telemetry/request-metrics.ts";
import { Beats } from "./beats.ts";
import { BootWatch, failureOf } from "./boot-watch.ts";
import { metricsReport } from "./metrics-report.ts";
import { type ProbeFailure, probe } from "./probe.ts";

/** Milliseconds that the collector has for the last spans of a worker. */
const LAST_SPANS_TIMEOUT = 1000;

/** Milliseconds that "close" of the application's server waits for the shutdown. */
const CLOSE_TIMEOUT = 1000;

/** Milliseconds that the application has for its shutdown at least, a quarter of a short --graceful-timeout. */
const SHUTDOWN_TIMEOUT = 1000;

/** Milliseconds in which a server that was closed may listen again, such as after a database is back. */
const LISTEN_AGAIN = 10_000;

/** Of --boot-timeout: after the rest, the primary kills a worker without its reason. */
const SHARE = 0.95;

/** @throws Error that names the setting */
function enter(folder: string): void {
  try {
    process.chdir(folder);
  } catch (error) {
    throw new Error(`--chdir (GATEWAY_CHDIR): ${folder} is no folder to work in`, { cause: error });
  }
}

/** The life of a worker: load, start up, become ready, serve, retire, shut down, exit. */
export class GatewayWorker {
  readonly #configuration: Configuration;
  readonly #logger: Logger;
  readonly #registry = new Registry();
  readonly #metrics = new RequestMetrics();
  readonly #accessLog: AccessLog;
  readonly #traces: Traces | undefined;
  readonly #stopping = new AbortController();
  /** Resolves when the application's TERM listeners are called, although requests have not ended. */
  readonly #termDue = Promise.withResolvers<void>();
  /** Resolves when the application is shut down, although requests have not ended. */
  readonly #shutdownDue = Promise.withResolvers<void>();
  readonly #view: WorkerView;
  readonly #context: LifespanContext;
  readonly #events: ProcessEvents;
  readonly #channel: ProcessChannel;
  readonly #servers: OwnServers;
  readonly #watch: BootWatch;
  readonly #beats = new Beats(
    () => ({
      inFlight: this.#metrics.inFlight,
      queued: this.#server?.queued ?? 0,
      requests: this.#metrics.requests,
      connections: this.#server?.connections.count ?? 0,
      lastError: this.#server?.lastError,
      leaves: this.#leaves,
    }),
    (beat) => void this.#send({ type: "beat", ...beat }),
  );
  /** Why the application wants to be replaced. */
  #leaves: string | undefined;
  #application: Application | undefined;
  #server: HttpServer | undefined;
  /** Takes the requests that other workers pass on. */
  #links: Promise<Server | undefined> | undefined;

  constructor(
    configuration: Configuration,
    logger: Logger,
    traces: Traces | undefined,
    events: ProcessEvents,
  ) {
    const { settings } = configuration;
    const id = cluster.worker?.id ?? 0;
    this.#configuration = configuration;
    this.#logger = logger;
    this.#traces = traces;
    this.#events = events;
    this.#servers = new OwnServers(settings.port);
    this.#watch = new BootWatch((reason) =>
      this.#sendFailure(new Error(`${settings.app}: ${reason}`)),
    );
    this.#channel = new ProcessChannel(
      (message, socket) => this.#receive(message as ToWorker, socket as Socket | undefined),
      logger,
    );
    this.#events.asksToEnd = (signal) =>
      this.#askToLeave(`the application sent ${signal} to itself`);
    this.#accessLog = new AccessLog(settings.accessLog);
    this.#view = { id, pid: process.pid, settings, logger: this.#logger };
    this.#context = {
      settings: process.env,
      logger: createLogger("app", {}),
      metrics: this.#registry,
      tracer: traces?.tracer("app"),
      worker: { id, pid: process.pid },
      replica: hostname(),
      signal: this.#stopping.signal,
    };
  }

  /** What must stand before the first line of the application runs. */
  async prepare(): Promise<void> {
    keepListener("exit", () => this.#accessLog.flush());
    const { hooks, settings } = this.#configuration;
    const { chdir } = settings;
    try {
      await listenThrough("node", async () => hooks.postFork?.(this.#view));
      if (chdir !== "") enter(chdir);
    } catch (error) {
      await this.#giveUp(error);
    }
    mainListensThrough(this.#servers);
  }

  /** Node has begun to load the main module. */
  async run(): Promise<void> {
    try {
      const { app } = this.#configuration.settings;
      const failed = this.#watch.failed.catch(async (error) => {
        throw await loadFailure(app, error);
      });
      await Promise.race([this.#boot(), failed]);
      this.#watch.end();
      await this.#send({ type: "ready", ownPort: this.#servers.ownPort });
      this.#beats.begin(this.#configuration.settings.timeout);
    } catch (error) {
      await this.#giveUp(error);
    }
  }

  /** Loads the application, starts it up and probes it. @throws the application's own error. */
  async #boot(): Promise<void> {
    const { settings, hooks } = this.#configuration;
    const application = await loadApplication(settings, this.#logger, {
      events: this.#events,
      servers: this.#servers,
      lastWords: () => this.#watch.lastWords,
      closed: (servers) => setTimeout(() => this.#checkSiteClosed(servers), LISTEN_AGAIN).unref(),
    });
    await application.startup(this.#context);
    await application.ready();
    await listenThrough("node", async () => hooks.postWorkerInit?.(this.#view));
    const server = new HttpServer({
      application,
      settings,
      hooks,
      logger: this.#logger,
      metrics: this.#metrics,
      accessLog: this.#accessLog,
      view: this.#view,
      tracer: this.#traces?.tracer("gateway"),
    });
    const { healthPath, bootTimeout } = settings;
    if (healthPath !== "off") {
      const timeout = bootTimeout * SHARE - performance.now();
      const words = () => {
        const { lastError } = server;
        return `${lastError === undefined ? "" : `; it threw: ${lastError}`}${this.#watch.lastWords}`;
      };
      const late = ({ path, status, message: reason }: ProbeFailure) =>
        this.#logger.warn("the application is not ready", { path, status, reason });
      await server.probe((accept) => probe({ path: healthPath, timeout, accept, words, late }));
    }
    this.#application = application;
    this.#server = server;
  }

  /** Shuts the application down. Its requests have ended. */
  async #shutDown(): Promise<void> {
    await this.#application?.shutdown(this.#context).catch((error: unknown) => {
      this.#logger.error("shutdown failed", { error });
    });
    await Promise.try(() => this.#configuration.hooks.workerExit?.(this.#view)).catch(
      (error: unknown) => this.#logger.error("hook failed", { hook: "workerExit", error }),
    );
    await this.#traces?.sender.end(LAST_SPANS_TIMEOUT);
    await this.#reportMetrics();
  }

  #receive(message: ToWorker, socket: Socket | undefined): void {
    switch (message.type) {
      case "connection":
        if (sharedTime() > message.leaveAfter) {
          socket?.destroy();
          this.#send({ type: "not-taken", id: message.id });
          return;
        }
        this.#send({ type: "taken", id: message.id });
        // The connection of a client that has closed it already arrives without its socket.
        if (socket === undefined) return;
        if (message.ends !== undefined) showEnds(socket, message.ends);
        this.#server?.accept(socket, sharedTime() - message.acceptedAt);
        return;
      case "lame-duck":
        this.#server?.lameDuck();
        return;
      case "retire":
        void this.#retire(message.linger, message.timeout);
        return;
      case "slots":
        this.#links ??= this.#listenForWorkers(message.folder);
        this.#server?.follow(message.folder, message.slots, message.serving);
        if (!this.#stopping.signal.aborted) this.#servers.followFellows();
        return;
      case "report-metrics":
        void this.#reportMetrics();
        return;
      case "reopen-log":
        this.#accessLog.reopen();
        return;
      case "close-inspector":
        inspector.close();
    }
  }

  /**
   * Finishes requests, closes idle connections after `linger` ms, shuts the application down and exits.
   * The primary kills it after `timeout` ms. Called again, it keeps to the shorter times.
   */
  async #retire(linger: number, timeout: number): Promise<void> {
    // Requests may wait for what the TERM listeners do. Of several timers the earliest counts.
    const forListeners = Math.min(TERM_TIMEOUT, timeout / 2);
    setTimeout(this.#termDue.resolve, timeout - forListeners).unref();
    const forShutdown = Math.min(SHUTDOWN_TIMEOUT, timeout / 4);
    setTimeout(this.#shutdownDue.resolve, timeout - forShutdown).unref();
    if (this.#stopping.signal.aborted) {
      void this.#server?.end(linger);
      return;
    }
    this.#stopping.abort();
    // What other workers have still not passed on, they serve.
    (await this.#links)?.close();
    const drained = Promise.resolve(this.#server?.end(linger));
    // A request that does not end must not cost the application its shutdown.
    const mayShutDown = Promise.race([drained, this.#shutdownDue.promise]);
    const isShutDown = mayShutDown.then(() => this.#shutDown());
    const isDrained = await Promise.race([
      drained.then(() => true),
      this.#termDue.promise.then(() => false),
    ]);
    if (isDrained) await isShutDown;
    // Its listener may end the process at "close", and its shutdown may wait for that.
    const mayClose = drained.then(() => pause(CLOSE_TIMEOUT, undefined, { ref: false }));
    this.#application?.holdClose(Promise.race([isShutDown, mayClose]));
    await this.#events.deliverTerm(isShutDown).catch((error: unknown) => {
      this.#logger.error("shutdown failed", { error });
    });
    await isShutDown;
    await this.#server?.end(0);
    process.exit(0);
  }

  async #listenForWorkers(folder: string): Promise<Server | undefined> {
    if (this.#configuration.settings.affinity === "off") return undefined;
    try {
      const path = socketPath(folder, this.#view.id);
      return await listenThrough("node", () =>
        listenForWorkers(path, (socket) => {
          if (this.#server === undefined) socket.destroy();
          else this.#server.acceptLink(socket);
        }),
      );
    } catch (error) {
      const reason = reasonOf(error);
      this.#logger.warn("no other worker can pass requests on to this one", { reason });
      return undefined;
    }
  }

  /** A program that closes its server for good serves no request any more, as under Node. */
  #checkSiteClosed(servers: OwnServers): void {
    if (servers.any || this.#stopping.signal.aborted) return;
    this.#askToLeave("the application closed its server");
  }

  /** A program that finds itself broken ends itself, so that it is started anew. */
  #askToLeave(reason: string): void {
    if (this.#server === undefined) this.#watch.fail(new Error(`${reason} before it was ready`));
    // Once: it may go on until it is replaced.
    if (this.#leaves !== undefined) return;
    this.#leaves = reason;
    this.#beats.now();
  }

  async #reportMetrics(): Promise<void> {
    const metrics = await metricsReport({
      application: this.#registry,
      requests: this.#metrics,
      webSocketBacklog: this.#server?.webSocketBacklog ?? 0,
      traces: this.#traces,
      logger: this.#logger,
    });
    await this.#send({ type: "metrics", metrics });
  }

  /** Ends the process. */
  async #giveUp(error: unknown): Promise<never> {
    this.#watch.end();
    this.#logger.error("the application did not start", { reason: failureOf(error).reason, error });
    await this.#sendFailure(error);
    process.exit(BOOT_FAILED);
  }

  #sendFailure(error: unknown): Promise<void> {
    return this.#send({ type: "failed", ...failureOf(error) });
  }

  #send(message: FromWorker): Promise<void> {
    return this.#channel.send(message);
  }
}
