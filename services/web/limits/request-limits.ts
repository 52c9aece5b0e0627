import { keyOfClient } from "@gatehouse/http";
import { ADVICE } from "../exchange/advice.ts";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import type { Limit, LimitLog } from "./limit-log.ts";

/** How many clients' rates are remembered; those not seen for longest are forgotten first. */
const MOST_CLIENTS = 16_384;

/** A rate of requests, as nginx's limit_req with `burst` and `nodelay` has it. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Bounds the rate of each client's requests: of all of them, and of those on one route. */
export class RequestLimits {
  readonly #log: LimitLog;
  readonly #dryRun: boolean;
  /** Among how many a rate is divided: each worker of each edge counts alone. */
  readonly #parts: number;
  readonly #clients = new ClientRates();
  readonly #rate: Rate | undefined;
  /** By the routes' names, so that a reload of the site keeps what is known of its clients. */
  readonly #routes = new Map<string, ClientRates>();

  constructor(settings: WebSettings, log: LimitLog) {
    const { limitClientRate: perSecond, limitClientBurst: burst } = settings;
    this.#log = log;
    this.#dryRun = settings.limitsDryRun;
    this.#parts = settings.edges * settings.workers;
    if (perSecond > 0) this.#rate = this.#share({ perSecond, burst });
  }

  /** @throws EdgeError 429 where the client's requests come too fast */
  admit(exchange: Exchange): void {
    if (this.#rate !== undefined) this.#take(this.#clients, this.#rate, exchange, "rate");
  }

  /** The same for the rate of a route, where it has one. */
  admitTo({ rate, name }: ProxyRoute, exchange: Exchange): void {
    if (rate === undefined) return;
    let clients = this.#routes.get(name);
    if (clients === undefined) {
      clients = new ClientRates();
      this.#routes.set(name, clients);
    }
    this.#take(clients, this.#share(rate), exchange, "route-rate");
  }

  #take(clients: ClientRates, rate: Rate, { client }: Exchange, limit: Limit): void {
    const wait = clients.take(keyOfClient(client), rate, performance.now());
    if (wait === 0) return;
    this.#log.note(limit, client.address);
    if (this.#dryRun) return;
    const message = `Too many requests. ${ADVICE}`;
    throw new EdgeError("too-many-requests", 429, message, Math.ceil(wait / 1000));
  }

  #share({ perSecond, burst }: Rate): Rate {
    return { perSecond: perSecond / this.#parts, burst: burst / this.#parts };
  }
}

export class ClientRates {
  readonly #buckets = new Map<string, LeakyBucket>();
  /** The client of the last request: it is at the end already. */
  #latest: string | undefined;

  get clients(): number {
    return this.#buckets.size;
  }

  /** Counts a request. @returns 0, or the milliseconds until there is room for it */
  take(client: string, rate: Rate, now: number): number {
    const bucket = this.#buckets.get(client) ?? new LeakyBucket(now);
    if (client !== this.#latest) {
      this.#latest = client;
      this.#buckets.delete(client);
      this.#buckets.set(client, bucket);
      if (this.#buckets.size > MOST_CLIENTS) {
        const [oldest = ""] = this.#buckets.keys();
        this.#buckets.delete(oldest);
      }
    }
    return bucket.take(rate, now);
  }
}

/** Each request fills it by one, and it leaks at the rate. All times are milliseconds. */
export class LeakyBucket {
  #level = 0;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  /** @returns 0, or the milliseconds until there is room; a request without room does not count */
  take({ perSecond, burst }: Rate, now: number): number {
    const level = Math.max(0, this.#level - ((now - this.#at) * perSecond) / 1000);
    this.#at = now;
    this.#level = level;
    const excess = level - burst;
    if (excess > 0) return (excess * 1000) / perSecond;
    this.#level = level + 1;
    return 0;
  }
}
