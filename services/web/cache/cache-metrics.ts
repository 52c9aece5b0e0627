import { counter, gauge, type Metric } from "../telemetry/metric.ts";
import type { Cache } from "./cache.ts";

/** How requests fared at the cache, and how full it is. */
export function cacheMetrics({ tally, stored }: Cache): Metric[] {
  const { hits, stale, misses, collapsed, passed, refreshes } = tally;
  const results = { hit: hits, stale, miss: misses, collapsed, passed };
  return [
    counter(
      "web_cache_requests_total",
      "Requests by what the cache did with them",
      Object.entries(results).map(([result, value]) => ({ labels: { result }, value })),
    ),
    counter("web_cache_refreshes_total", "Refreshes that no client waited for", refreshes),
    counter("web_cache_evictions_total", "Answers that made room for others", stored.evicted),
    gauge("web_cache_bytes", "Bytes of the answers in the cache", stored.bytes),
    gauge("web_cache_entries", "Answers in the cache", stored.entries),
  ];
}
