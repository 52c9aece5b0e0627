import { setTimeout as pause } from "node:timers/promises";
import {
  ControlSocket,
  controlPath,
  controlPaths,
  followSignals,
  Mutex,
} from "@gatehouse/processes";
import { Admin, type Logger, type Readiness, reasonOf } from "@gatehouse/telemetry";
import type { Purge } from "../cache/invalidation.ts";
import { SIGNALS } from "../control/signals.ts";
import { type Operations, VERBS } from "../control/verbs.ts";
import { LIVE, type Mode, ModeFile } from "../pause/mode.ts";
import type { Call } from "../pool/messages.ts";
import { Pool } from "../pool/pool.ts";
import type { WebSettings } from "../settings.ts";
import { PrimaryMetrics } from "../telemetry/primary-metrics.ts";
import { TICKET_LIFE, TicketKeys } from "../tls/ticket-keys.ts";
import { tryOut } from "../worker/trial.ts";
import { AdminPort } from "./admin-port.ts";
import { CertificateCare } from "./certificate-care.ts";
import { watchNamespace } from "./namespace.ts";
import { OtherEdges } from "./other-edges.ts";
import { Sockets } from "./sockets.ts";

/** Milliseconds that a worker gets after the graceful timeout, to end by itself. */
const EXIT_TIME = 1000;

/**
 * The process that owns the sockets and the workers. It reads no byte of a client and runs no code
 * of site.ts, so that neither can end it.
 */
export class Primary implements Operations {
  readonly settings: WebSettings;
  readonly #logger: Logger;
  readonly #sockets: Sockets;
  readonly #pool: Pool;
  readonly #metrics: PrimaryMetrics;
  readonly #admin: Admin;
  readonly #adminPort: AdminPort;
  readonly #control = new ControlSocket<Operations>(VERBS, this);
  readonly #modeFile: ModeFile;
  readonly #tickets = new TicketKeys();
  readonly #certificates: CertificateCare;
  #otherEdges: OtherEdges | undefined;
  readonly #startedAt = performance.now();
  readonly #reloads = new Mutex();
  #readiness: Readiness = "starting";
  #hasServed = false;
  mode = LIVE;
  canary = 0;
  #generation = 1;
  /** Aborted when the lame-duck time is to end early. */
  #hurry: AbortController | undefined;
  #drained: Promise<void> | undefined;

  private constructor(settings: WebSettings, sockets: Sockets, logger: Logger) {
    this.settings = settings;
    this.#logger = logger;
    this.#sockets = sockets;
    this.#pool = new Pool(
      settings.workers,
      settings.gracefulTimeout + EXIT_TIME,
      sockets.descriptors,
      logger,
    );
    this.#metrics = new PrimaryMetrics(this.#pool);
    this.#certificates = new CertificateCare(settings, logger, async () => {
      await this.#pool.callAll({ about: "certificates" });
    });
    this.#modeFile = new ModeFile(settings.stateFile, logger);
    this.#adminPort = new AdminPort(settings.adminPort, settings.edges, logger);
    this.#admin = new Admin({
      livez: () => undefined,
      readyz: () => this.#readiness,
      metrics: () => this.#metrics.text(),
      status: () => this.status(),
    });
  }

  static async start(settings: WebSettings, logger: Logger): Promise<void> {
    try {
      const primary = new Primary(settings, await Sockets.bind(settings), logger);
      await primary.#start();
    } catch (error) {
      logger.error("the edge cannot start", { reason: String(error) });
      process.exit(1);
    }
  }

  async #start(): Promise<void> {
    const { adminHost: host, adminSocket: socket, namespaceFile } = this.settings;
    followSignals<Operations>(SIGNALS, this, this.#logger);
    await this.#adminPort.open((port) => this.#admin.listenAt({ host, port }));
    if (socket !== "") await this.#admin.listenOn(socket);
    if (namespaceFile !== "") watchNamespace(namespaceFile, this.#logger, () => this.#exit(1));
    const controlSocket = controlPath("web", this.settings.controlSocket, this.settings.httpPort);
    const { edges, controlFolder } = this.settings;
    if (controlSocket !== undefined) await this.#control.open(controlSocket, controlFolder);
    // Another edge may have changed it since, of which this one has heard only from here on.
    const { mode, canary } = this.#modeFile.read();
    this.mode = mode;
    this.canary = canary;
    this.#logMode("live");
    this.#followPool();
    this.#pool.start();
    if (controlSocket !== undefined && controlFolder !== "" && edges > 1) {
      const others = () => controlPaths(controlSocket, controlFolder).slice(1);
      this.#otherEdges = new OtherEdges(others, this.#logger);
    }
    this.#certificates.start();
    setInterval(() => {
      this.#pool.sendAll({ type: "ticket-keys", keys: this.#tickets.renew() });
    }, TICKET_LIFE).unref();
  }

  #followPool(): void {
    this.#pool.on("spawned", (worker) => {
      worker.send({ type: "ticket-keys", keys: this.#tickets.current });
      worker.send({ type: "mode", mode: this.mode });
      worker.send({ type: "canary", percent: this.canary });
    });
    this.#pool.on("ready", () => {
      this.#hasServed = true;
      this.#updateReadiness();
    });
    this.#pool.on("ended", (_, { reason }) => {
      // Before any worker has served, the next one would fail for the same reason.
      if (!this.#hasServed && reason !== undefined) {
        this.#logger.error("the edge cannot start", { reason });
        this.#exit(1);
      }
      this.#updateReadiness();
    });
  }

  async status() {
    const reports = await this.#pool.reports({ about: "status" });
    return {
      state: this.#readiness,
      mode: this.mode,
      canary: this.canary,
      pid: process.pid,
      uptime_s: Math.round((performance.now() - this.#startedAt) / 1000),
      generation: this.#generation,
      ports: { ...this.#sockets.ports, admin: this.#admin.port },
      workers: this.#pool.workers.map((worker) => {
        const { pid, state, age } = worker;
        return { pid, state, age_s: Math.round(age / 1000), ...(reports.get(worker) ?? {}) };
      }),
    };
  }

  /** No connection ends: a request ends under the site under which it began. */
  reload(): Promise<void> {
    return this.#reloads.run(async () => {
      try {
        await tryOut();
        await this.#pool.callAll({ about: "reload" });
      } catch (error) {
        const reason = reasonOf(error);
        this.#metrics.reloaded("refused");
        const message = "reload refused: the old site and certificates keep serving";
        this.#logger.error(message, { reason });
        throw error;
      }
      this.#metrics.reloaded("done");
      this.#certificates.check();
      this.#logger.info("reload done", { from: this.#generation, to: ++this.#generation });
    });
  }

  async setMode(mode: Mode, timeout: number): Promise<number> {
    this.#modeFile.write({ mode, canary: this.canary });
    const from = this.mode.kind;
    this.mode = mode;
    this.#logMode(from);
    this.#pool.sendAll({ type: "mode", mode });
    return await this.#sumOf({ about: "in-flight", timeout });
  }

  setCanary(percent: number): void {
    this.#modeFile.write({ mode: this.mode, canary: percent });
    this.#logger.info("canary", { from: this.canary, to: percent });
    // Workers that served another canary, and have ended, say nothing of this one.
    if (this.canary === 0) void this.#metrics.forget("web_canary_");
    this.canary = percent;
    this.#pool.sendAll({ type: "canary", percent });
  }

  purge(purge: Purge): Promise<number> {
    return this.#sumOf({ about: "purge", purge });
  }

  async #sumOf(call: Call): Promise<number> {
    const counts = await this.#pool.callAll(call);
    return counts.reduce((sum: number, count) => sum + Number(count), 0);
  }

  #logMode(from: Mode["kind"]): void {
    const { kind, ...rest } = this.mode;
    if (kind !== from) this.#logger.info("mode", { from, to: kind, ...rest });
  }

  async reopenLogs(): Promise<void> {
    await this.#pool.callAll({ about: "log" });
  }

  /**
   * Lame duck: serve on, but have clients use another connection; then accept no more, finish what
   * is in flight, and exit. A second call ends the lame-duck time, a third one cuts requests.
   */
  async drain(): Promise<void> {
    if (this.#hurry?.signal.aborted) this.quit();
    this.#hurry?.abort();
    this.#hurry ??= new AbortController();
    this.#drained ??= this.#drain(this.#hurry.signal);
    await this.#drained;
  }

  async #drain(hurry: AbortSignal): Promise<void> {
    const { lameDuck } = this.settings;
    this.#otherEdges?.close();
    this.#become("draining");
    this.#pool.sendAll({ type: "lame-duck" });
    await pause(lameDuck, undefined, { signal: hurry }).catch(() => undefined);
    const drained = this.#pool.drain();
    this.#sockets.close();
    await drained;
    await this.#control.close();
    this.#exit(0);
  }

  quit(): void {
    this.#exit(0);
  }

  #updateReadiness(): void {
    if (this.#readiness === "draining") return;
    this.#become(this.#pool.serving ? "ready" : "starting");
  }

  #become(state: Readiness): void {
    if (state === this.#readiness) return;
    const ports = { ...this.#sockets.ports, admin: this.#admin.port };
    this.#logger.info("edge state", { from: this.#readiness, to: state, ports });
    this.#readiness = state;
  }

  #exit(code: number): never {
    this.#pool.kill();
    this.#admin.close();
    this.#adminPort.close();
    process.exit(code);
  }
}
