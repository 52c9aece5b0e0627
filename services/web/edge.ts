import { RequestGuard, TrustedPeers } from "@gatehouse/http";
import {
  CLIENT_LEFT,
  counter,
  type Logger,
  logRefused,
  type Metric,
  type Traces,
} from "@gatehouse/telemetry";
import { Cache } from "./cache/cache.ts";
import type { Exchange, ExchangeContext } from "./exchange/exchange.ts";
import { FileMemory } from "./files/file-memory.ts";
import { Files } from "./files/files.ts";
import { ProtectedFiles } from "./files/protected-files.ts";
import { Deadlines } from "./limits/deadlines.ts";
import { Ledger } from "./limits/ledger.ts";
import { LimitLog } from "./limits/limit-log.ts";
import { RequestLimits } from "./limits/request-limits.ts";
import { SlowReaders } from "./limits/slow-readers.ts";
import { type ListenAddresses, Listeners } from "./listeners/listeners.ts";
import { Pause } from "./pause/pause.ts";
import { ReverseProxy } from "./proxy/reverse-proxy.ts";
import { Canary } from "./replicas/canary.ts";
import { Replicas } from "./replicas/replicas.ts";
import type { WebSettings } from "./settings.ts";
import { loadSite } from "./site/load-site.ts";
import { Router } from "./site/router.ts";
import type { Site } from "./site/site.ts";
import { RequestStations, type Rooms } from "./stations.ts";
import { AccessLog } from "./telemetry/access-log.ts";
import { RequestMetrics } from "./telemetry/request-metrics.ts";
import { endRequest } from "./telemetry/spans.ts";
import { AcmeFolder } from "./tls/acme/acme-folder.ts";
import { loadCertificates } from "./tls/certificates.ts";

/** How long the last access lines may wait for a slow reader, and the last spans for the collector, in ms. */
const LAST_WORDS_TIMEOUT = 500;

/** The web server: makes its rooms, starts, reloads and stops them. stations.ts joins them. */
export class Edge {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  readonly #context: ExchangeContext;
  readonly #rooms: Rooms;
  readonly #limitLog: LimitLog;
  readonly #ledger: Ledger;
  readonly #deadlines: Deadlines;
  readonly #slowReaders: SlowReaders;
  readonly #replicas: Replicas;
  readonly cache: Cache;
  readonly pause: Pause;
  readonly canary: Canary;
  readonly #requests = new RequestMetrics();
  readonly #accessLog: AccessLog;
  readonly #traces: Traces | undefined;
  readonly #listeners: Listeners;
  #fileMemory: FileMemory;
  #stopped: Promise<void> | undefined;

  /** @param traces undefined where none are sent */
  constructor(settings: WebSettings, site: Site, logger: Logger, traces?: Traces) {
    this.#settings = settings;
    this.#logger = logger;
    this.#limitLog = new LimitLog(logger, settings.limitsDryRun);
    this.#ledger = new Ledger(settings, this.#limitLog);
    this.#deadlines = new Deadlines(settings, this.#ledger);
    this.#slowReaders = new SlowReaders(settings, this.#ledger, this.#limitLog);
    this.#replicas = new Replicas(settings, logger);
    const proxy = new ReverseProxy(settings, this.#replicas, logger);
    this.cache = new Cache(proxy, settings, logger);
    this.pause = new Pause(settings);
    this.canary = new Canary(this.#replicas);
    this.#accessLog = new AccessLog(settings.accessLog);
    this.#traces = traces;
    const { memory, headers, hsts, ...served } = this.#contentOf(site);
    this.#fileMemory = memory;
    this.#context = {
      trusted: new TrustedPeers(settings.trustedProxies),
      timed: settings.serverTiming,
      tracer: this.#traces?.tracer("web"),
      headers,
      hsts,
      draining: false,
      count: (bytes) => this.#ledger.received(bytes),
      long: (exchange) => this.#ledger.makeLong(exchange),
      finished: (exchange) => this.#finished(exchange),
    };
    this.#rooms = {
      guard: new RequestGuard(settings, (refusal, client) => logRefused(logger, refusal, client)),
      ledger: this.#ledger,
      limits: new RequestLimits(settings, this.#limitLog),
      acme: settings.acmeDomains.length > 0 ? new AcmeFolder(settings.acmeFolder) : undefined,
      redirectTo: settings.https === "redirect" ? settings.publicOrigin : undefined,
      ...served,
      pause: this.pause,
      canary: this.canary,
      cache: settings.cacheSize > 0 ? this.cache : undefined,
      proxy,
    };
    const path = new RequestStations(this.#rooms, this.#context, logger);
    this.#listeners = new Listeners(settings, this.#rooms.guard, this.#ledger, path, logger);
  }

  get ports() {
    return this.#listeners.ports;
  }

  status() {
    return {
      replicas: this.#replicas.status(),
      ...this.pause.status,
      cache: { ...this.cache.stored, ...this.cache.counts },
      limited: Object.fromEntries(this.#limitLog.counts),
    };
  }

  /** As prom-client's JSON: the primary sums it over the workers. */
  metrics(): readonly Metric[] {
    const { proxy } = this.#rooms;
    return [
      ...this.#requests.metrics(),
      ...this.#replicas.metrics(),
      ...proxy.metrics(),
      ...this.cache.metrics(),
      ...this.#listeners.metrics(),
      ...this.pause.metrics(),
      ...this.canary.metrics(),
      ...this.#ledger.metrics(),
      ...this.#limitLog.metrics(),
      counter("web_log_lines_dropped_total", "Lost access lines", this.#accessLog.dropped),
      ...(this.#traces?.sender.metrics("web") ?? []),
    ];
  }

  async start(addresses: ListenAddresses): Promise<void> {
    await this.#replicas.start();
    await this.#listeners.listen(addresses);
  }

  /**
   * Serves the site and the certificates as they are on disk now; no connection ends for it.
   * @throws Error with the reason why they cannot be served; then nothing has changed.
   */
  async reload(): Promise<void> {
    const content = this.#contentOf(await loadSite(this.#settings));
    const certificates =
      this.#settings.https === "off" ? undefined : loadCertificates(this.#settings);
    // What throws has thrown. Requests in flight end with the site with which they began.
    void this.#fileMemory.close();
    this.#fileMemory = content.memory;
    this.#context.headers = content.headers;
    this.#context.hsts = content.hsts;
    this.#rooms.router = content.router;
    this.#rooms.protectedFiles = content.protectedFiles;
    if (certificates !== undefined) this.#listeners.use(certificates);
  }

  /** The same for the certificates alone. @throws Error; then nothing has changed. */
  reloadCertificates(): void {
    this.#listeners.use(loadCertificates(this.#settings));
  }

  useTicketKeys(keys: Buffer): void {
    this.#listeners.useTicketKeys(keys);
  }

  reopenLog(): void {
    this.#accessLog.reopen();
  }

  /** Serves on, but has every client come back on another connection. */
  lameDuck(): void {
    this.#context.draining = true;
    this.#listeners.announceEnd();
  }

  /** Accepts nothing more, and ends what is in flight within the graceful timeout. */
  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  async #drain(): Promise<void> {
    this.#context.draining = true;
    this.pause.close();
    const cut = setTimeout(() => {
      this.#logger.warn("graceful timeout: connections are cut");
      this.#rooms.proxy.endTunnels();
      this.#listeners.cut();
    }, this.#settings.gracefulTimeout);
    await this.#listeners.close();
    clearTimeout(cut);
    this.#slowReaders.close();
    this.#deadlines.close();
    this.cache.close();
    this.#replicas.stop();
    await this.#fileMemory.close();
    await Promise.all([
      this.#accessLog.end(LAST_WORDS_TIMEOUT),
      this.#traces?.sender.end(LAST_WORDS_TIMEOUT),
    ]);
  }

  /** What is served of a site. Another site may have another folder under the same prefix. */
  #contentOf(site: Site) {
    const memory = new FileMemory(this.#settings.fileMemory);
    const mounts = site.files.map((mount) => new Files(mount, memory, true));
    const hidden = site.internal.map((mount) => new Files(mount, memory, false));
    const fields = Object.entries(site.headers);
    return {
      memory,
      headers: new Map(fields.map(([name, value]) => [name.toLowerCase(), value])),
      hsts: site.hsts,
      router: new Router(mounts, site.routes),
      protectedFiles: new ProtectedFiles(hidden, this.#logger),
    };
  }

  #finished(exchange: Exchange): void {
    this.#ledger.end(exchange);
    this.pause.release(exchange);
    const duration = performance.now() - exchange.receivedAt;
    const { route = "", servedBy, bytes } = exchange;
    const status = exchange.complete ? exchange.response.statusCode : CLIENT_LEFT;
    const { request } = exchange;
    const bytesIn = "stream" in request ? this.#rooms.guard.bodyBytes(request) : request.bodyBytes;
    this.canary.count(exchange, status);
    this.#requests.count(route, servedBy, status, duration, bytesIn, bytes);
    this.#accessLog.write(exchange, status, duration, bytesIn);
    if (exchange.span?.sampled) endRequest(exchange.span, exchange, status, duration);
  }
}
