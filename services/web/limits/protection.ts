import type { Socket } from "node:net";
import { TrustedPeers } from "@gatehouse/http";
import type { Logger } from "@gatehouse/telemetry";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { PROBE, readPeer } from "../listeners/proxied-peer.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import { clientKey } from "./client-key.ts";
import { ConnectionCount } from "./connection-count.ts";
import type { Rate } from "./leaky-bucket.ts";
import { type Limit, LimitLog } from "./limit-log.ts";
import { RequestRate } from "./request-rate.ts";
import { SlowReaders } from "./slow-readers.ts";
import { turnAway } from "./turn-away.ts";

/** Keeps clients from taking more of the edge than is good for the others. */
export class Protection {
  readonly #settings: WebSettings;
  readonly #log: LimitLog;
  readonly #logger: Logger;
  readonly #proxies: TrustedPeers;
  readonly #trusted: TrustedPeers;
  readonly #connections: ConnectionCount;
  readonly #requests = new RequestRate();
  /** Undefined for any rate. */
  readonly #rate: Rate | undefined;
  /** By the routes' names, so that a reload of the site keeps what is known of its clients. */
  readonly #routeRates = new Map<string, RequestRate>();
  readonly #slowReaders: SlowReaders;

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#log = new LimitLog(logger, settings.limitsDryRun);
    this.#proxies = new TrustedPeers(settings.proxyProtocol);
    this.#trusted = new TrustedPeers(settings.trustedProxies);
    this.#connections = new ConnectionCount(
      this.#share(settings.limitConnections),
      this.#share(settings.limitClientConnections),
    );
    const perSecond = settings.limitClientRate;
    if (perSecond > 0) {
      this.#rate = this.#shareOf({ perSecond, burst: settings.limitClientBurst });
    }
    const send = { least: settings.sendMinRate, window: settings.sendRateWindow };
    this.#slowReaders = new SlowReaders(send, (exchange) =>
      this.#log.note("slow-reader", exchange.client.address, false),
    );
  }

  /** How often each limit was reached since the start. */
  get counts(): ReadonlyMap<Limit, number> {
    return this.#log.counts;
  }

  /**
   * Meets a connection before anything is read of it.
   * @param enter lets it in; by then its remote address is the one that a trusted proxy told
   */
  meet(socket: Socket, encrypted: boolean, enter: () => void): void {
    if (!this.#connections.enter()) {
      this.#log.note("connections", socket.remoteAddress ?? "", false);
      turnAway(socket, "connections", encrypted);
      return;
    }
    socket.once("close", () => this.#connections.leave());
    if (this.#proxies.trusts(socket.remoteAddress)) {
      const proxy = socket.remoteAddress;
      readPeer(socket, this.#settings.headersTimeout, (error) => {
        if (error === undefined) this.#meetClient(socket, encrypted, enter);
        else this.#refuseProxy(socket, proxy ?? "", error);
      });
    } else this.#meetClient(socket, encrypted, enter);
  }

  /**
   * Counts a request of its client.
   * @throws EdgeError 429 where it comes too fast
   */
  admit(exchange: Exchange): void {
    // What a tunnel sends is no answer: it has a time of its own.
    if (exchange.upgrade === undefined) this.#slowReaders.follow(exchange);
    if (this.#rate !== undefined) this.#take(this.#requests, this.#rate, exchange, "rate");
  }

  /** The same for the rate of a route, where it has one. */
  admitTo(route: ProxyRoute, exchange: Exchange): void {
    const { rate, name } = route;
    if (rate === undefined) return;
    let limit = this.#routeRates.get(name);
    if (limit === undefined) {
      limit = new RequestRate();
      this.#routeRates.set(name, limit);
    }
    this.#take(limit, this.#shareOf(rate), exchange, "route-rate");
  }

  /** The exchange is over. */
  forget(exchange: Exchange): void {
    this.#slowReaders.forget(exchange);
  }

  close(): void {
    this.#slowReaders.close();
  }

  #meetClient(socket: Socket, encrypted: boolean, enter: () => void): void {
    const address = socket.remoteAddress;
    // Gone already; and behind a trusted proxy are many clients.
    if (address === undefined || this.#trusted.trusts(address)) {
      enter();
      return;
    }
    const client = clientKey(address);
    if (this.#connections.isCrowdedBy(client)) {
      this.#log.note("client-connections", address);
      if (!this.#settings.limitsDryRun) {
        turnAway(socket, "client-connections", encrypted);
        return;
      }
    }
    this.#connections.clientEnters(client);
    socket.once("close", () => this.#connections.clientLeaves(client));
    enter();
  }

  #refuseProxy(socket: Socket, proxy: string, error: Error): void {
    socket.destroy();
    if (error.message === PROBE) return;
    this.#logger.warn("PROXY header refused", { proxy, reason: error.message });
  }

  #take(requests: RequestRate, rate: Rate, exchange: Exchange, name: Limit): void {
    const wait = requests.take(clientKey(exchange.client.address), rate, performance.now());
    if (wait === 0) return;
    this.#log.note(name, exchange.client.address);
    if (this.#settings.limitsDryRun) return;
    const seconds = Math.ceil(wait / 1000);
    throw new EdgeError("too-many-requests", 429, "You ask too often: wait a little.", seconds);
  }

  /** Each worker sees its share of the clients' connections and requests. */
  #share(limit: number): number {
    return Math.ceil(limit / this.#settings.workers);
  }

  #shareOf({ perSecond, burst }: Rate): Rate {
    const { workers } = this.#settings;
    return { perSecond: perSecond / workers, burst: burst / workers };
  }
}
