import type { Logger } from "@gatehouse/telemetry";
import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink } from "../exchange/response-sink.ts";
import type { ReverseProxy } from "../proxy/reverse-proxy.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import { answerFrom } from "./answer-from.ts";
import { asksForAll, isLookedUp, refuseIfOnlyCached } from "./asked.ts";
import { forwardedStatus, hitStatus } from "./cache-status.ts";
import { Doubtful } from "./doubtful.ts";
import type { Entry } from "./entry.ts";
import { Fetch } from "./fetch.ts";
import { Inquiry } from "./inquiry.ts";
import { changedBy, isSafe } from "./invalidation.ts";
import { Loans } from "./loans.ts";
import { Lookup } from "./lookup.ts";
import type { Found, Order } from "./order.ts";
import { Passes } from "./passes.ts";
import { Passing } from "./passing.ts";
import { concerns, type Purge } from "./purge.ts";
import { Store } from "./store.ts";
import { Tally } from "./tally.ts";

/**
 * Keeps the answers that say by their own Cache-Control that they are for all, and answers from
 * them: a shared cache of RFC 9111 between the router and the proxy.
 */
export class Cache {
  readonly tally = new Tally();
  readonly #proxy: ReverseProxy;
  readonly #logger: Logger;
  readonly #store: Store;
  readonly #loans: Loans;
  readonly #largest: number;
  readonly #patience: number;
  readonly #passes = new Passes();
  /** Fetches that others may join, by what they ask for. */
  readonly #fetches = new Map<string, Fetch>();
  /** When something was last forgotten because it may have changed. */
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(proxy: ReverseProxy, settings: WebSettings, logger: Logger) {
    this.#proxy = proxy;
    this.#logger = logger;
    this.#store = new Store(settings.cacheSize);
    this.#loans = new Loans(settings.cacheSize);
    this.#largest = settings.cacheLargest;
    this.#patience = settings.cacheWait;
  }

  /** What lies in memory: in the store, and lent to clients and to what fetches for it. */
  get stored() {
    const { bytes, entries, evicted } = this.#store;
    return { bytes, entries, evicted, lent: this.#loans.bytes };
  }

  /** How many requests wait for the answer to another one. */
  get waiting(): number {
    return this.#fetches.values().reduce((sum, fetch) => sum + fetch.waiting, 0);
  }

  /**
   * Answers an exchange, from the store or from the application through `sink`.
   * @throws EdgeError where no answer began.
   */
  async forward(exchange: Exchange, route: ProxyRoute, sink: ResponseSink): Promise<void> {
    if (!isSafe(exchange.method)) return this.#change(exchange, route, sink);
    if (!isLookedUp(exchange)) return this.#pass(exchange, route, sink, "bypass");
    const lookup = new Lookup(exchange);
    const deadline = performance.now() + this.#patience;
    for (;;) {
      const stored = lookup.in(this.#store);
      if (stored !== undefined && this.#answer(exchange, route, lookup, stored)) return;
      refuseIfOnlyCached(exchange);
      const isPart = exchange.request.headers.range !== undefined && stored === undefined;
      if (exchange.method === "HEAD" || isPart) {
        return this.#pass(exchange, route, sink, lookup.why);
      }
      const { fetchKey } = lookup;
      const patience = deadline - performance.now();
      const alone = this.#passes.has(fetchKey) || patience <= 0;
      if (alone && stored === undefined && asksForAll(exchange)) {
        return this.#doubt(exchange, route, sink, lookup);
      }
      const running = alone ? undefined : this.#fetches.get(fetchKey);
      if (running === undefined) {
        return this.#lead({ exchange, sink }, route, lookup, stored, alone);
      }
      const found = await running.join(patience);
      if (exchange.closed) return;
      // One that has taken so long is not waited for by those who come now.
      if (performance.now() >= deadline) this.#retire(fetchKey, running);
      if (found !== undefined && this.#share(exchange, lookup, found)) return;
    }
  }

  /** Forgets what fits, also what is on its way; returns how many addresses were forgotten. */
  purge(purge: Purge): number {
    if (purge.what === "all") this.#passes.clear();
    const fits = (key: string) => concerns(purge, key);
    this.#doom(fits);
    return this.#store.purge(fits);
  }

  /** Ends what is asked for in nobody's name. */
  close(): void {
    for (const fetch of this.#fetches.values()) fetch.close();
  }

  /** From the store, if the entry may be used as it is. */
  #answer(exchange: Exchange, route: ProxyRoute, lookup: Lookup, stored: Found): boolean {
    const { entry } = stored;
    const now = performance.now();
    const ttl = entry.ttl(now);
    if (ttl > 0) {
      this.tally.hits++;
      this.#hit(exchange, entry, hitStatus(ttl, undefined));
      return true;
    }
    const respite = entry.inRespite(now);
    if (!respite && !entry.mayBeRefreshedBehind(now)) return false;
    this.tally.stale++;
    if (!respite) this.#refreshBehind(exchange, route, lookup, stored);
    this.#hit(
      exchange,
      entry,
      hitStatus(ttl, respite ? "stale-if-error" : "stale-while-revalidate"),
    );
    return true;
  }

  #hit(exchange: Exchange, entry: Entry, status: string): void {
    exchange.servedBy = "cache";
    this.#loans.lend(entry.body, exchange);
    answerFrom(exchange, entry, status, false);
  }

  /** Answers with what another's fetch has found, if it fits; otherwise the lookup knows better. */
  #share(exchange: Exchange, lookup: Lookup, found: Found): boolean {
    if (!lookup.fits(found)) return false;
    this.tally.collapsed++;
    this.#hit(exchange, found.entry, forwardedStatus(lookup.why, { collapsed: true }));
    return true;
  }

  async #lead(
    leader: { readonly exchange: Exchange; readonly sink: ResponseSink },
    route: ProxyRoute,
    lookup: Lookup,
    stale: Found | undefined,
    alone: boolean,
  ): Promise<void> {
    this.tally.misses++;
    const fetch = this.#fetch(leader, lookup, stale);
    const { fetchKey } = lookup;
    if (!alone) this.#fetches.set(fetchKey, fetch);
    try {
      await this.#proxy.forward(new Inquiry(leader.exchange, stale?.entry, true), route, fetch);
    } catch (error) {
      if (!fetch.failed(error)) throw error;
    } finally {
      this.#retire(fetchKey, fetch);
    }
    if (!fetch.contradicted) return;
    if (stale !== undefined) this.#store.drop(stale.entry);
    await this.#lead(leader, route, lookup, undefined, alone);
  }

  /** The last answer was not for sharing, and this one costs no more than if there were no cache. */
  #doubt(exchange: Exchange, route: ProxyRoute, sink: ResponseSink, lookup: Lookup): Promise<void> {
    this.tally.misses++;
    const status = forwardedStatus(lookup.why, {});
    exchange.cacheStatus = status;
    const asked = performance.now();
    const judge = () => this.#fetch({ exchange, sink }, lookup, undefined, asked);
    return this.#proxy.forward(exchange, route, new Doubtful(sink, status, judge));
  }

  #fetch(
    leader: Order["leader"],
    lookup: Lookup,
    stale: Found | undefined,
    askedAt = performance.now(),
  ): Fetch {
    const { key, fetchKey, selecting, authorized, why } = lookup;
    const fetch = new Fetch(
      {
        leader,
        key,
        selecting,
        authorized,
        why: stale === undefined ? why : "stale",
        stale,
        largest: this.#largest,
        loans: this.#loans,
        keeps: ({ names, variant, entry }) => {
          // A fetch that is not on the list has not been told of changes.
          const isTold = this.#fetches.get(fetchKey) === fetch;
          if (!isTold && askedAt <= this.#changedAt) return;
          this.tally.stored++;
          this.#passes.delete(fetchKey);
          this.#store.put(key, names, variant, entry);
        },
        drops: () => {
          this.#passes.add(fetchKey);
          if (stale !== undefined) this.#store.drop(stale.entry);
        },
        declines: () => this.#passes.add(fetchKey),
        retires: () => this.#retire(fetchKey, fetch),
      },
      askedAt,
    );
    return fetch;
  }

  /** Asks once for a new answer while the stale one is in use. RFC 5861, section 3. */
  #refreshBehind(exchange: Exchange, route: ProxyRoute, lookup: Lookup, stale: Found): void {
    const { fetchKey } = lookup;
    if (this.#fetches.has(fetchKey) || stale.entry.failedLately(performance.now())) return;
    this.tally.refreshes++;
    const fetch = this.#fetch(undefined, lookup, stale);
    this.#fetches.set(fetchKey, fetch);
    const inquiry = new Inquiry(exchange, stale.entry, false);
    const { target } = exchange;
    const ids = { request_id: inquiry.requestId, for_request_id: exchange.requestId };
    this.#proxy
      .forward(inquiry, route, fetch)
      .then(() => this.#logger.info("cache refreshed", { ...ids, target }))
      .catch((error: unknown) => {
        stale.entry.giveRespite(performance.now());
        fetch.failed(error);
        this.#logger.warn("cache not refreshed", { ...ids, target, reason: String(error) });
      })
      .finally(() => this.#retire(fetchKey, fetch));
  }

  #retire(fetchKey: string, fetch: Fetch): void {
    if (this.#fetches.get(fetchKey) === fetch) this.#fetches.delete(fetchKey);
  }

  /** An unsafe request: what it changed is not to be told from the store any more. */
  #change(exchange: Exchange, route: ProxyRoute, sink: ResponseSink): Promise<void> {
    exchange.cacheStatus = forwardedStatus("method", {});
    const passing = new Passing(sink, exchange.cacheStatus, (status, fields) => {
      const changed = new Set(changedBy(exchange, status, fields));
      if (changed.size > 0) this.#invalidate(changed);
    });
    return this.#proxy.forward(exchange, route, passing);
  }

  #pass(
    exchange: Exchange,
    route: ProxyRoute,
    sink: ResponseSink,
    why: Parameters<typeof forwardedStatus>[0],
  ): Promise<void> {
    this.tally.passed++;
    exchange.cacheStatus = forwardedStatus(why, {});
    const passing = new Passing(sink, exchange.cacheStatus, () => {});
    return this.#proxy.forward(exchange, route, passing);
  }

  #invalidate(keys: ReadonlySet<string>): void {
    for (const key of keys) this.#store.remove(key);
    this.#doom((key) => keys.has(key));
  }

  /** What was asked for before a change tells of the time before it: it is not kept. */
  #doom(fits: (key: string) => boolean): void {
    this.#changedAt = performance.now();
    for (const [fetchKey, fetch] of this.#fetches) {
      if (!fits(fetch.key)) continue;
      fetch.doom();
      this.#fetches.delete(fetchKey);
    }
  }
}
