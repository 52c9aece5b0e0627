import type { ProxyRoute, RouteTimeouts } from "./site.ts";

/** The more a route keeps a slow client from the application, the later it stands. */
const BODIES = ["stream", "gather", "buffer"] as const;

/**
 * A route that says what all of them say: the first, as far as a request can only have one, otherwise
 * the strictest of them. Their rates are not joined: each counts for itself.
 * @param timeoutsOf those of a route, or of the settings where it has none
 */
export function strictestOf(
  first: ProxyRoute,
  routes: readonly ProxyRoute[],
  timeoutsOf: (route: ProxyRoute) => Required<RouteTimeouts>,
): ProxyRoute {
  if (routes.length === 1) return first;
  const all = routes.map(timeoutsOf);
  const timeouts = {
    send: Math.min(...all.map(({ send }) => send)),
    firstByte: Math.min(...all.map(({ firstByte }) => firstByte)),
    betweenBytes: Math.min(...all.map(({ betweenBytes }) => betweenBytes)),
    total: Math.min(...all.map(({ total }) => total)),
  };
  return {
    ...first,
    bodyLimit: least(routes.map(({ bodyLimit }) => bodyLimit)),
    body: BODIES.findLast((body) => routes.some((route) => route.body === body)) ?? first.body,
    cache: routes.every(({ cache }) => cache),
    timeouts,
  };
}

/** The limit of a route that has none is infinite. */
function least(limits: readonly (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}
