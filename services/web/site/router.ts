import type { ProxyRoute } from "./site.ts";

interface Prefixed {
  readonly prefix: string;
}

/** Finds the mount and the route of a request by its path: the longest prefix that fits. */
export class Router<Mount extends Prefixed> {
  readonly #mounts: readonly Mount[];
  readonly #routes: readonly ProxyRoute[];

  /** @param mounts folders of files; of a mount and a route with one prefix the mount comes first */
  constructor(mounts: readonly Mount[], routes: readonly ProxyRoute[]) {
    this.#mounts = longestFirst(mounts);
    this.#routes = longestFirst(routes);
  }

  /** The mount with the path, unless a route fits the path better. */
  mountOf(target: string): Mount | undefined {
    const mount = firstFit(this.#mounts, target);
    if (mount === undefined) return undefined;
    const route = this.routeOf(target);
    return route !== undefined && route.prefix.length > mount.prefix.length ? undefined : mount;
  }

  /** The route with the path, whether or not there is a mount too. */
  routeOf(target: string): ProxyRoute | undefined {
    return firstFit(this.#routes, target);
  }
}

function longestFirst<T extends Prefixed>(list: readonly T[]): readonly T[] {
  return list.toSorted((one, other) => other.prefix.length - one.prefix.length);
}

function firstFit<T extends Prefixed>(list: readonly T[], target: string): T | undefined {
  for (const each of list) if (target.startsWith(each.prefix)) return each;
  return undefined;
}
