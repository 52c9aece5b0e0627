import type { Logger, Metric } from "@gatehouse/telemetry";
import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink } from "../exchange/response-sink.ts";
import type { ReverseProxy } from "../proxy/reverse-proxy.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import { BodiesInUse } from "./body.ts";
import type { Entry } from "./entry.ts";
import { Fetch, type FetchOwner } from "./fetch.ts";
import { HitForMiss, mayHaveLifetime, PassThrough } from "./hit-for-miss.ts";
import { invalidatedKeys, isPurged, isSafe, type Purge } from "./invalidation.ts";
import { overridesOf } from "./key.ts";
import { isLookedUp, Lookup } from "./lookup.ts";
import { CacheCounts, cacheMetrics } from "./metrics.ts";
import { type ForwardReason, forwardStatus, hitStatus, respondWith } from "./respond.ts";
import { Store } from "./store.ts";
import { CacheRequest } from "./validation.ts";

/** A shared cache (RFC 9111) of the responses that allow it by their own Cache-Control. */
export class Cache {
  readonly counts = new CacheCounts();
  readonly #proxy: ReverseProxy;
  readonly #logger: Logger;
  readonly #store: Store;
  readonly #bodies: BodiesInUse;
  readonly #wait: number;
  readonly #hitForMiss = new HitForMiss();
  /** The fetches that other requests may wait for, by their fetch keys. */
  readonly #fetches = new Map<string, Fetch>();
  readonly #owner: FetchOwner;
  /** When the last invalidation or purge was. */
  #invalidatedAt = Number.NEGATIVE_INFINITY;

  constructor(proxy: ReverseProxy, settings: WebSettings, logger: Logger) {
    this.#proxy = proxy;
    this.#logger = logger;
    this.#store = new Store(settings.cacheSize);
    this.#bodies = new BodiesInUse(settings.cacheSize);
    this.#wait = settings.cacheWait;
    this.#owner = {
      largest: settings.cacheLargest,
      bodies: this.#bodies,
      store: (fetch, entry) => this.#put(fetch, entry),
      discard: (fetch) => {
        this.#hitForMiss.add(fetch.fetchKey, performance.now());
        if (fetch.stale !== undefined) this.#store.remove(fetch.stale);
      },
      hitForMiss: (fetch) => this.#hitForMiss.add(fetch.fetchKey, performance.now()),
      retire: (fetch) => this.#retire(fetch),
    };
  }

  /** What is in memory: in the store, and (`lent`) in use by clients and fetches. */
  get stored() {
    const { bytes, entries, evicted } = this.#store;
    return { bytes, entries, evicted, lent: this.#bodies.bytes };
  }

  /** How many requests wait for another one. */
  get waiting(): number {
    return this.#fetches.values().reduce((sum, fetch) => sum + fetch.waiters.count, 0);
  }

  metrics(): Metric[] {
    return cacheMetrics(this.counts, this.#store);
  }

  /** @throws EdgeError where no response has begun */
  async forward(exchange: Exchange, route: ProxyRoute, sink: ResponseSink): Promise<void> {
    if (!isSafe(exchange.method)) return this.#forwardUnsafe(exchange, route, sink);
    const overrides = isLookedUp(exchange) ? overridesOf(exchange.rawHeaders) : undefined;
    if (overrides === undefined) return this.#bypass(exchange, route, sink, "bypass");
    const lookup = new Lookup(exchange, route, sink, overrides);
    const deadline = performance.now() + this.#wait;
    for (;;) {
      const stored = lookup.findIn(this.#store);
      if (stored !== undefined && this.#respondFromStore(lookup, stored)) return;
      lookup.refuseIfOnlyCached();
      const isPart = exchange.request.headers.range !== undefined && stored === undefined;
      if (exchange.method === "HEAD" || isPart) {
        return this.#bypass(exchange, route, sink, lookup.why);
      }
      const { fetchKey } = lookup;
      const now = performance.now();
      const alone = this.#hitForMiss.has(fetchKey, now) || now >= deadline;
      const running = alone ? undefined : this.#fetches.get(fetchKey);
      if (running === undefined) {
        const asItIs = stored === undefined && (alone || lookup.isConditional);
        return asItIs ? this.#forwardAsItIs(lookup) : this.#fetch(lookup, stored, alone);
      }
      const shared = await running.waiters.join(exchange, deadline - now);
      if (exchange.closed) return;
      // Later requests must not wait for one that has taken so long.
      if (performance.now() >= deadline) this.#retire(running);
      if (shared !== undefined && lookup.matches(shared)) {
        this.counts.collapsed++;
        this.#respond(exchange, shared, forwardStatus(lookup.why, "collapsed"));
        return;
      }
    }
  }

  /** Removes what matches, also from running fetches; returns how many keys were removed. */
  purge(purge: Purge): number {
    if (purge.what === "all") this.#hitForMiss.clear();
    const matches = (key: string) => isPurged(key, purge);
    this.#invalidateFetches(matches);
    return this.#store.purge(matches);
  }

  close(): void {
    for (const fetch of this.#fetches.values()) fetch.close();
  }

  /** @returns false where the entry must be validated first */
  #respondFromStore(lookup: Lookup, entry: Entry): boolean {
    const now = performance.now();
    const ttl = entry.ttl(now);
    if (ttl > 0) {
      this.counts.hits++;
      this.#respond(lookup.exchange, entry, hitStatus(ttl, undefined));
      return true;
    }
    const onError = entry.failedRecently(now) && entry.mayServeOnError(now);
    if (!onError && !entry.mayServeWhileRevalidating(now)) return false;
    this.counts.stale++;
    if (!onError) void this.#revalidateInBackground(lookup, entry);
    const detail = onError ? "stale-if-error" : "stale-while-revalidate";
    this.#respond(lookup.exchange, entry, hitStatus(ttl, detail));
    return true;
  }

  #respond(exchange: Exchange, entry: Entry, status: string): void {
    exchange.servedBy = "cache";
    this.#bodies.useFor(exchange, entry.body);
    respondWith(exchange, entry, status, false);
  }

  /** @param alone whether other requests must not wait for this fetch */
  async #fetch(lookup: Lookup, stale: Entry | undefined, alone: boolean): Promise<void> {
    this.counts.misses++;
    const fetch = new Fetch(this.#owner, lookup, stale, false);
    if (!alone) this.#fetches.set(fetch.fetchKey, fetch);
    try {
      await this.#proxy.forward(
        new CacheRequest(lookup.exchange, stale, true),
        lookup.route,
        fetch,
      );
    } catch (error) {
      if (!fetch.failed(error)) throw error;
    } finally {
      this.#retire(fetch);
    }
    if (!fetch.mismatched) return;
    if (stale !== undefined) this.#store.remove(stale);
    await this.#fetch(lookup, undefined, alone);
  }

  /**
   * Forwards the client's own request, with its conditions, which the application may validate. It
   * costs no more than without a cache, unless the response turns out to have a lifetime.
   */
  #forwardAsItIs(lookup: Lookup): Promise<void> {
    this.counts.misses++;
    const { exchange, route, sink } = lookup;
    exchange.cacheStatus = forwardStatus(lookup.why);
    const sentAt = performance.now();
    const passThrough = new PassThrough(sink, exchange.cacheStatus, (status, fields) =>
      // A 304 is this client's alone, and says nothing about a whole response.
      status !== 304 && mayHaveLifetime(fields)
        ? new Fetch(this.#owner, lookup, undefined, false, sentAt)
        : undefined,
    );
    return this.#proxy.forward(exchange, route, passThrough);
  }

  #put(fetch: Fetch, entry: Entry): void {
    // A fetch that is not in the map was not notified of invalidations.
    const notified = this.#fetches.get(fetch.fetchKey) === fetch;
    if (!notified && fetch.sentAt <= this.#invalidatedAt) return;
    this.counts.stored++;
    this.#hitForMiss.delete(fetch.fetchKey);
    this.#store.put(entry);
  }

  /** One request for a new response, while the stale one is used. RFC 5861, section 3. */
  async #revalidateInBackground(lookup: Lookup, stale: Entry): Promise<void> {
    if (this.#fetches.has(lookup.fetchKey) || stale.failedRecently(performance.now())) return;
    this.counts.refreshes++;
    const fetch = new Fetch(this.#owner, lookup, stale, true);
    this.#fetches.set(fetch.fetchKey, fetch);
    const request = new CacheRequest(lookup.exchange, stale, false);
    const { requestId, target } = request;
    const ids = { request_id: requestId, for_request_id: lookup.exchange.requestId, target };
    try {
      await this.#proxy.forward(request, lookup.route, fetch);
      this.#logger.info("cache refreshed", ids);
    } catch (error) {
      stale.noteFailure(performance.now());
      fetch.failed(error);
      this.#logger.warn("cache not refreshed", { ...ids, reason: String(error) });
    } finally {
      this.#retire(fetch);
    }
  }

  #retire(fetch: Fetch): void {
    if (this.#fetches.get(fetch.fetchKey) === fetch) this.#fetches.delete(fetch.fetchKey);
  }

  #forwardUnsafe(exchange: Exchange, route: ProxyRoute, sink: ResponseSink): Promise<void> {
    exchange.cacheStatus = forwardStatus("method");
    const passThrough = new PassThrough(sink, exchange.cacheStatus, (status, fields) => {
      const keys = new Set(invalidatedKeys(exchange, status, fields));
      for (const key of keys) this.#store.removeKey(key);
      if (keys.size > 0) this.#invalidateFetches((key) => keys.has(key));
      return undefined;
    });
    return this.#proxy.forward(exchange, route, passThrough);
  }

  #bypass(exchange: Exchange, route: ProxyRoute, sink: ResponseSink, why: ForwardReason) {
    this.counts.passed++;
    exchange.cacheStatus = forwardStatus(why);
    const passThrough = new PassThrough(sink, exchange.cacheStatus, undefined);
    return this.#proxy.forward(exchange, route, passThrough);
  }

  /** Responses to requests from before a change are not stored. */
  #invalidateFetches(matches: (key: string) => boolean): void {
    this.#invalidatedAt = performance.now();
    for (const fetch of this.#fetches.values()) {
      if (!matches(fetch.key)) continue;
      fetch.invalidate();
      this.#retire(fetch);
    }
  }
}
