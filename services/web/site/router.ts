import type { ProxyRoute } from "./site.ts";

interface Prefixed {
  readonly prefix: string;
}

/** Decides whom a request is for by its path: the longest prefix that fits counts. */
export class Router<Mount extends Prefixed> {
  readonly #mounts: readonly Mount[];
  readonly #routes: readonly ProxyRoute[];

  /** @param mounts what serves files; of a mount and a route with one prefix the mount counts */
  constructor(mounts: readonly Mount[], routes: readonly ProxyRoute[]) {
    this.#mounts = longestFirst(mounts);
    this.#routes = longestFirst(routes);
  }

  /** The files that a request is for, unless a route fits its path better. */
  mountOf(target: string): Mount | undefined {
    const mount = firstFit(this.#mounts, target);
    if (mount === undefined) return undefined;
    const route = this.routeOf(target);
    return route !== undefined && route.prefix.length > mount.prefix.length ? undefined : mount;
  }

  /** The route to the application that fits, whether or not there are files below the path too. */
  routeOf(target: string): ProxyRoute | undefined {
    return firstFit(this.#routes, target);
  }
}

function longestFirst<T extends Prefixed>(list: readonly T[]): readonly T[] {
  return list.toSorted((one, other) => other.prefix.length - one.prefix.length);
}

/** A loop, because every request comes this way. */
function firstFit<T extends Prefixed>(list: readonly T[], target: string): T | undefined {
  for (const each of list) if (target.startsWith(each.prefix)) return each;
  return undefined;
}
