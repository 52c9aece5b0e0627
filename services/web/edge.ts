import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { originForm, type Refusal, RequestGuard, TrustedPeers } from "@gatehouse/http";
import { CLIENT_LEFT, type Logger, tellRefused } from "@gatehouse/telemetry";
import { Cache } from "./cache/cache.ts";
import { EdgeError } from "./exchange/edge-error.ts";
import { sendError } from "./exchange/error-page.ts";
import { Exchange, type Incoming, type Outgoing, type Terms } from "./exchange/exchange.ts";
import { responseOn } from "./exchange/response-on.ts";
import { FileMemory } from "./files/file-memory.ts";
import { Files } from "./files/files.ts";
import { ProtectedFileSink, ProtectedFiles } from "./files/protected-files.ts";
import { Protection } from "./limits/protection.ts";
import { Listeners, type Places } from "./listeners/listeners.ts";
import { Gate } from "./pause/gate.ts";
import { ReverseProxy } from "./proxy/reverse-proxy.ts";
import { asksForTunnel, Tunnels } from "./proxy/tunnels.ts";
import { Replicas } from "./replicas/replicas.ts";
import { upstreamMetrics } from "./replicas/upstream-metrics.ts";
import type { WebSettings } from "./settings.ts";
import { loadSite } from "./site/load-site.ts";
import { Router } from "./site/router.ts";
import type { Site } from "./site/site.ts";
import { AccessLog } from "./telemetry/access-log.ts";
import { counter, type Metric } from "./telemetry/metric.ts";
import { EdgeMetrics } from "./telemetry/metrics.ts";
import { Challenge } from "./tls/acme/challenge.ts";
import { loadCertificates } from "./tls/certificates.ts";

/** How long the last access lines may wait for a slow reader, in ms. */
const LAST_LINES = 500;

/** The web server: decides for each request who answers it, and tells of it. */
export class Edge {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  readonly #guard: RequestGuard;
  readonly #terms: Terms;
  readonly #protection: Protection;
  readonly #replicas: Replicas;
  readonly #proxy: ReverseProxy;
  readonly cache: Cache;
  readonly #tunnels: Tunnels;
  readonly gate: Gate;
  readonly #metrics: EdgeMetrics;
  readonly #accessLog: AccessLog;
  readonly #challenge: Challenge;
  readonly #listeners: Listeners;
  #fileMemory: FileMemory;
  #router: Router<Files>;
  #protected: ProtectedFiles;
  #stopped: Promise<void> | undefined;

  /** @throws Error when the site or a certificate cannot be served. */
  constructor(settings: WebSettings, site: Site, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#guard = new RequestGuard(settings, (refusal, client) =>
      tellRefused(logger, refusal, client),
    );
    this.#terms = {
      trusted: new TrustedPeers(settings.trustedProxies),
      timed: settings.serverTiming,
      headers: new Map(),
      draining: false,
      over: (exchange) => this.#tell(exchange),
    };
    this.#protection = new Protection(settings, logger);
    this.#fileMemory = new FileMemory(settings.fileMemory);
    this.#protected = new ProtectedFiles([], logger);
    this.#router = this.#apply(site);
    this.#replicas = new Replicas(settings, logger);
    this.#proxy = new ReverseProxy(settings, this.#replicas, logger);
    this.cache = new Cache(this.#proxy, settings, logger);
    this.#tunnels = new Tunnels(settings, this.#replicas, logger);
    this.gate = new Gate(settings);
    this.#challenge = new Challenge(settings);
    this.#accessLog = new AccessLog(settings.accessLog);
    this.#metrics = new EdgeMetrics([
      () => upstreamMetrics(this.#replicas.status(), this.#proxy.retries, this.#tunnels.size),
      () => this.cache.metrics(),
      () => this.#listeners.metrics(),
      () => this.gate.metrics(),
      () => [limited(this.#protection.counts)],
      () => [counter("web_log_lines_dropped_total", "Lost access lines", this.#accessLog.dropped)],
    ]);
    this.#listeners = new Listeners(settings, this.#guard, this.#protection, {
      serve: (request, response) => this.#serve(request, response),
      takesUpgrade: asksForTunnel,
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
    });
  }

  /** The ports that were bound, for configured ports of 0. */
  get ports() {
    return this.#listeners.ports;
  }

  status() {
    return {
      replicas: this.#replicas.status(),
      ...this.gate.status,
      cache: { ...this.cache.stored, ...this.cache.counts },
      limited: Object.fromEntries(this.#protection.counts),
    };
  }

  /** What was counted, as prom-client's JSON: the primary sums it over the workers. */
  metrics(): readonly Metric[] {
    return this.#metrics.collect();
  }

  async start(places: Places): Promise<void> {
    await this.#replicas.start();
    await this.#listeners.listen(places);
  }

  /**
   * Serves the site and the certificates as they stand on disk now; no connection ends for it.
   * @throws Error with the reason why they cannot be served; then nothing has changed.
   */
  async reload(): Promise<void> {
    const site = await loadSite(this.#settings);
    const certificates =
      this.#settings.https === "off" ? undefined : loadCertificates(this.#settings);
    this.#router = this.#apply(site);
    if (certificates !== undefined) this.#listeners.use(certificates);
  }

  /** The same for the certificates alone. @throws Error; then nothing has changed. */
  reloadCertificates(): void {
    this.#listeners.use(loadCertificates(this.#settings));
  }

  /** @param keys 48 bytes that all workers seal session tickets with */
  useTicketKeys(keys: Buffer): void {
    this.#listeners.useTicketKeys(keys);
  }

  /** Opens the access log anew, after its file was moved away. @throws the error of opening it. */
  reopenLog(): void {
    this.#accessLog.reopen();
  }

  /** Serves on, but has every client come back on another connection. */
  lameDuck(): void {
    this.#terms.draining = true;
    this.#listeners.announceEnd();
  }

  /** Accepts nothing more, answers what is in flight within the graceful timeout, and leaves. */
  stop(): Promise<void> {
    this.#stopped ??= this.#leave();
    return this.#stopped;
  }

  async #leave(): Promise<void> {
    this.#terms.draining = true;
    this.gate.close();
    const cut = setTimeout(() => {
      this.#logger.warn("graceful timeout: connections are cut");
      this.#tunnels.end();
      this.#listeners.cut();
    }, this.#settings.gracefulTimeout);
    await this.#listeners.close();
    clearTimeout(cut);
    this.#protection.close();
    this.cache.close();
    this.#replicas.stop();
    await this.#fileMemory.close();
    await this.#accessLog.end(LAST_LINES);
  }

  /** From now on requests are answered as `site` says; those in flight end as they began. */
  #apply(site: Site): Router<Files> {
    const fields = Object.entries(site.headers);
    const headers = new Map(fields.map(([name, value]) => [name.toLowerCase(), value]));
    // Another site may have another folder under the same prefix.
    const memory = new FileMemory(this.#settings.fileMemory);
    const internal = site.internal.map((mount) => new Files(mount, memory, false));
    const hidden = new ProtectedFiles(internal, this.#logger);
    const mounts = site.files.map((mount) => new Files(mount, memory, true));
    // Nothing has changed up to here: what throws leaves the old site in its place.
    void this.#fileMemory.close();
    this.#fileMemory = memory;
    this.#terms.headers = headers;
    this.#protected = hidden;
    return new Router(mounts, site.routes);
  }

  /**
   * The way of every request, in this order: strict rules, protection, then the router with files,
   * and behind the gate of maintenance and pause the cache and the proxy. A station that answers
   * ends the way.
   */
  #serve(request: Incoming, response: Outgoing): void {
    if (this.#guard.ignores(request)) return;
    const exchange = new Exchange(request, response, this.#terms);
    const refused = (refusal: Refusal) =>
      this.#fail(exchange, new EdgeError("refused", refusal.status, refusal.reason));
    if (!this.#guard.admit(request, response, refused)) return;
    this.#pass(exchange);
  }

  /** A WebSocket goes the same way; until it is taken, it is answered like any other request. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const response = responseOn(request, socket);
    const exchange = new Exchange(request, response, this.#terms, { socket, head });
    this.#pass(exchange);
  }

  #pass(exchange: Exchange): void {
    exchange.request.url = originForm(exchange.method, exchange.target);
    this.#route(exchange).catch((error: unknown) => this.#fail(exchange, error));
  }

  async #route(exchange: Exchange): Promise<void> {
    this.#protection.admit(exchange);
    const { target } = exchange;
    if (target === "*") {
      tellMethods(exchange);
      return;
    }
    if (this.#challenge.answers(exchange)) return;
    if (this.#settings.https === "redirect" && exchange.client.scheme === "http") {
      redirect(exchange, this.#settings.publicOrigin);
      return;
    }
    if (this.#protected.hides(target)) throw noSuchPage();
    const files = this.#router.mountOf(target);
    if (files !== undefined) {
      // What is in memory is answered by now.
      const served = files.serve(exchange);
      if (served === true || (await served)) return;
    }
    const route = this.#router.routeOf(target);
    if (route === undefined) throw noSuchPage();
    this.#protection.admitTo(route, exchange);
    const paused = this.gate.enter(exchange);
    if (paused !== undefined) await paused;
    exchange.servedBy = "application";
    exchange.route = route.name;
    if (exchange.upgrade !== undefined) {
      // Nobody waits for its end: it may stay open for days.
      this.gate.leave(exchange);
      await this.#tunnels.connect(exchange, route, exchange.upgrade);
      return;
    }
    const failed = (error: unknown) => this.#fail(exchange, error);
    const sink = new ProtectedFileSink(exchange, this.#protected, failed);
    const answers = route.cache && this.#settings.cacheSize > 0 ? this.cache : this.#proxy;
    await answers.forward(exchange, route, sink);
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (exchange.closed || exchange.response.writableEnded) return;
    if (exchange.response.headersSent) {
      exchange.response.destroy();
    } else if (error instanceof EdgeError) {
      sendError(exchange, error);
    } else {
      this.#logger.error("edge failure", { request_id: exchange.requestId, error });
      sendError(exchange, new EdgeError("refused", 500, "The web server failed."));
    }
  }

  #tell(exchange: Exchange): void {
    this.#protection.forget(exchange);
    this.gate.leave(exchange);
    const duration = performance.now() - exchange.receivedAt;
    const { route = "", servedBy, bytes } = exchange;
    const status = exchange.complete ? exchange.response.statusCode : CLIENT_LEFT;
    const bytesIn = this.#guard.bodyBytes(exchange.request);
    this.#metrics.requests.count(route, servedBy, status, duration, { in: bytesIn, out: bytes });
    this.#accessLog.write(exchange, status, duration, bytesIn);
  }
}

function limited(counts: ReadonlyMap<string, number>): Metric {
  const values = [...counts].map(([limit, value]) => ({ labels: { limit }, value }));
  const help = "How often a limit for clients was reached, in a dry run as well";
  return counter("web_limited_total", help, values);
}

function noSuchPage(): EdgeError {
  return new EdgeError("not-found", 404, "There is no such page.");
}

/** OPTIONS * asks the server itself, not a page of it (RFC 9110, section 9.3.7). */
function tellMethods(exchange: Exchange): void {
  exchange.respond(204, ["Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"], undefined);
}

/** 308 keeps the method and the body (RFC 9110, section 15.4.9). */
function redirect(exchange: Exchange, origin: string): void {
  const fields = ["Location", origin + exchange.target, "Content-Length", "0"];
  exchange.respond(308, fields, undefined);
}
