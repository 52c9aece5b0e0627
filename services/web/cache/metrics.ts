import { counter, gauge, type Metric } from "@gatehouse/telemetry";
import type { Store } from "./store.ts";

/** Requests by what the cache did with them, since the start. */
export class CacheCounts {
  hits = 0;
  stale = 0;
  /** Requests to the application for a response that may be stored. */
  misses = 0;
  collapsed = 0;
  passed = 0;
  refreshes = 0;
  /** Responses that were stored, validated ones included. */
  stored = 0;
}

export function cacheMetrics(counts: CacheCounts, store: Store): Metric[] {
  const { hits, stale, misses, collapsed, passed, refreshes } = counts;
  const results = { hit: hits, stale, miss: misses, collapsed, passed };
  return [
    counter(
      "web_cache_requests_total",
      "Requests by what the cache did with them",
      Object.entries(results).map(([result, value]) => ({ labels: { result }, value })),
    ),
    counter("web_cache_refreshes_total", "Revalidations in the background", refreshes),
    counter("web_cache_evictions_total", "Responses that were evicted for others", store.evicted),
    gauge("web_cache_bytes", "Bytes of the stored responses", store.bytes),
    gauge("web_cache_entries", "Stored responses", store.entries),
  ];
}
