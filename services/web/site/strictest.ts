import type { ProxyRoute, RouteTimeouts } from "./site.ts";

/** The more a route keeps a slow client from the application, the later it stands. */
const BODIES = ["stream", "gather", "buffer"] as const;

/**
 * A route that says what all of them say: the first, as far as a request can only have one, otherwise
 * the strictest of them. Their rates are not joined: each counts for itself.
 */
export function strictestOf(first: ProxyRoute, routes: readonly ProxyRoute[]): ProxyRoute {
  if (routes.length === 1) return first;
  const timeouts: { -readonly [Key in keyof RouteTimeouts]: number } = {};
  for (const key of ["send", "firstByte", "betweenBytes", "total"] as const) {
    const shortest = least(routes.map((route) => route.timeouts[key]));
    if (shortest !== undefined) timeouts[key] = shortest;
  }
  return {
    ...first,
    bodyLimit: least(routes.map(({ bodyLimit }) => bodyLimit)),
    body: BODIES.findLast((body) => routes.some((route) => route.body === body)) ?? first.body,
    cache: routes.every(({ cache }) => cache),
    timeouts,
  };
}

function least(limits: readonly (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}
