import { setTimeout as pause } from "node:timers/promises";
import {
  Admin,
  ControlSocket,
  controlPath,
  flushLogs,
  type Logger,
  type Readiness,
} from "@gatehouse/telemetry";
import type { Purge } from "../cache/invalidation.ts";
import type { Operations as Controls } from "../control/operations.ts";
import { followSignals, type Operations } from "../control/signals.ts";
import { verbsOf } from "../control/verbs.ts";
import { watchNamespace } from "../namespace.ts";
import type { Mode } from "../pause/mode.ts";
import { ModeFile } from "../pause/mode.ts";
import { Workers } from "../pool/pool.ts";
import type { WebSettings } from "../settings.ts";
import { Ledger } from "../telemetry/metrics-ledger.ts";
import { TICKET_LIFE, TicketKeys } from "../tls/ticket-keys.ts";
import { tryOut } from "../worker/trial.ts";
import { CertificateCare } from "./certificate-care.ts";
import { Sockets } from "./sockets.ts";

/** Milliseconds that a worker gets beyond the graceful timeout, to end by itself. */
const LAST_MOMENT = 1000;

/**
 * The process that owns the sockets and the workers. It reads no byte of a client and runs nothing
 * of site.ts, so that neither can end it.
 */
export class Primary implements Operations, Controls {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  readonly #sockets: Sockets;
  readonly #workers: Workers;
  readonly #ledger: Ledger;
  readonly #admin: Admin;
  readonly #control: ControlSocket;
  readonly #modeFile: ModeFile;
  readonly #tickets = new TicketKeys();
  readonly #certificates: CertificateCare;
  readonly #startedAt = Date.now();
  #readiness: Readiness = "starting";
  /** Whether any worker has ever served. */
  #hasServed = false;
  #mode: Mode;
  #generation = 1;
  #reloading: Promise<void> = Promise.resolve();
  #hurry: AbortController | undefined;
  #drained: Promise<void> | undefined;

  private constructor(settings: WebSettings, sockets: Sockets, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#sockets = sockets;
    this.#workers = new Workers(settings.workers, sockets.descriptors, logger);
    this.#ledger = new Ledger(this.#workers);
    this.#certificates = new CertificateCare(settings, logger, async () => {
      await this.#workers.askAll({ about: "certificates" });
    });
    this.#modeFile = new ModeFile(settings.stateFile, logger);
    this.#mode = this.#modeFile.read();
    this.#control = new ControlSocket(verbsOf(this, settings));
    this.#admin = new Admin({
      livez: () => undefined,
      readyz: () => this.#readiness,
      metrics: () => this.#ledger.text(),
      status: () => this.status(),
    });
  }

  /** Resolves when the workers have been started; the process ends with 1 where that is in vain. */
  static async start(settings: WebSettings, logger: Logger): Promise<void> {
    try {
      const primary = new Primary(settings, await Sockets.bind(settings), logger);
      await primary.#start();
    } catch (error) {
      logger.error("the edge cannot start", { reason: String(error) });
      end(1);
    }
  }

  async #start(): Promise<void> {
    const { adminHost: host, adminPort: port, adminSocket: socket, namespaceFile } = this.#settings;
    followSignals(this, this.#logger);
    await this.#admin.listen({ host, port, socket });
    if (namespaceFile !== "") watchNamespace(namespaceFile, this.#logger, () => this.#leave(1));
    const controlSocket = controlPath("web", this.#settings.controlSocket, this.#settings.httpPort);
    if (controlSocket !== undefined) await this.#control.open(controlSocket);
    this.#tellMode("live");
    this.#workers.on("spawned", (worker) => {
      worker.tell(this.#tickets.message);
      worker.tell({ type: "mode", mode: this.#mode });
    });
    this.#workers.on("ready", () => {
      this.#hasServed = true;
      this.#look();
    });
    this.#workers.on("ended", (_, ending) => {
      // What no worker ever managed, the next one will not either.
      if (!this.#hasServed && ending.reason !== undefined) {
        this.#logger.error("the edge cannot start", { reason: ending.reason });
        this.#leave(1);
      }
      this.#look();
    });
    this.#workers.start();
    this.#certificates.start();
    setInterval(() => this.#workers.tellAll(this.#tickets.renew()), TICKET_LIFE).unref();
  }

  async status() {
    const told = await this.#workers.survey({ about: "status" });
    return {
      state: this.#readiness,
      mode: this.#mode,
      pid: process.pid,
      uptime_s: Math.round((Date.now() - this.#startedAt) / 1000),
      generation: this.#generation,
      ports: { ...this.#sockets.ports, admin: this.#admin.port },
      workers: this.#workers.list.map((worker) => {
        const { pid, state, age } = worker;
        return { pid, state, age_s: Math.round(age / 1000), ...(told.get(worker) ?? {}) };
      }),
    };
  }

  /**
   * Has every worker serve the site and the certificates as they stand on disk now. Nobody is
   * disconnected: a worker swaps what it answers from, request by request.
   * @throws Error with the reason why they are refused; then the old ones keep serving.
   */
  reload(): Promise<void> {
    const reloaded = this.#reloading.then(() => this.#reload());
    this.#reloading = reloaded.catch(() => undefined);
    return reloaded;
  }

  async #reload(): Promise<void> {
    try {
      await tryOut();
      await this.#workers.askAll({ about: "reload" });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#ledger.reloaded("refused");
      this.#logger.error("reload refused: the old site and certificates keep serving", { reason });
      throw error;
    }
    this.#ledger.reloaded("done");
    this.#certificates.check();
    this.#logger.info("reload done", { from: this.#generation, to: ++this.#generation });
  }

  get mode(): Mode {
    return this.#mode;
  }

  async enter(mode: Mode, patience: number): Promise<number> {
    this.#modeFile.write(mode);
    const from = this.#mode.kind;
    this.#mode = mode;
    this.#tellMode(from);
    // A worker that is just starting has been told already.
    this.#workers.tellAll({ type: "mode", mode });
    return sum(await this.#workers.askAll({ about: "under-way", patience }));
  }

  async purge(purge: Purge): Promise<number> {
    return sum(await this.#workers.askAll({ about: "purge", purge }));
  }

  #tellMode(from: Mode["kind"]): void {
    const { kind, ...rest } = this.#mode;
    if (kind !== from) this.#logger.info("mode", { from, to: kind, ...rest });
  }

  /** Opens the access logs anew, after they were moved away. */
  async reopenLogs(): Promise<void> {
    await this.#workers.askAll({ about: "log" });
  }

  /**
   * Lame duck: serve on, but have clients leave; then close, finish what is in flight, and end. A
   * second call ends the lame-duck time, a third one cuts.
   */
  async drain(): Promise<void> {
    if (this.#hurry?.signal.aborted) this.quit();
    this.#hurry?.abort();
    this.#hurry ??= new AbortController();
    this.#drained ??= this.#drain(this.#hurry.signal);
    await this.#drained;
  }

  async #drain(hurry: AbortSignal): Promise<void> {
    const { lameDuck, gracefulTimeout } = this.#settings;
    this.#become("draining");
    this.#workers.tellAll({ type: "lame-duck" });
    await pause(lameDuck, undefined, { signal: hurry }).catch(() => undefined);
    const ended = this.#workers.end(gracefulTimeout + LAST_MOMENT);
    this.#sockets.close();
    await ended;
    await this.#control.close();
    this.#leave(0);
  }

  /** Ends everything at once. */
  quit(): void {
    this.#leave(0);
  }

  #leave(code: number): never {
    this.#workers.kill();
    this.#admin.close();
    end(code);
  }

  #look(): void {
    if (this.#readiness === "draining") return;
    this.#become(this.#workers.serving ? "ready" : "starting");
  }

  #become(state: Readiness): void {
    if (state === this.#readiness) return;
    const ports = { ...this.#sockets.ports, admin: this.#admin.port };
    this.#logger.info("edge state", { from: this.#readiness, to: state, ports });
    this.#readiness = state;
  }
}

function sum(counts: readonly unknown[]): number {
  return counts.reduce((total: number, count) => total + Number(count), 0);
}

function end(code: number): never {
  flushLogs();
  process.exit(code);
}
