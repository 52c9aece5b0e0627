import { folded, pathOf, readingsOf } from "./readings.ts";
import type { ProxyRoute } from "./site.ts";

interface Prefixed {
  readonly prefix: string;
}

interface Entry extends Prefixed {
  readonly route: ProxyRoute;
  /** Its prefix, as the most lenient application compares it. */
  readonly folded: string;
  readonly alone: readonly ProxyRoute[];
}

/** Finds the mount and the routes of a request by its path: the longest prefix that fits. */
export class Router<Mount extends Prefixed> {
  readonly #mounts: readonly Mount[];
  readonly #routes: readonly Entry[];
  /** Whether a plain path may be read as one with a prefix that is written in another way, such as "/API/". */
  readonly #allHaveReadings: boolean;

  /** @param mounts folders of files; of a mount and a route with one prefix the mount comes first */
  constructor(mounts: readonly Mount[], routes: readonly ProxyRoute[]) {
    this.#mounts = longestFirst(mounts);
    const entries = routes.map((route) => {
      const { prefix } = route;
      return { route, prefix, folded: folded(prefix), alone: [route] };
    });
    this.#routes = longestFirst(entries);
    this.#allHaveReadings = entries.some(({ prefix, folded }) => folded !== prefix);
  }

  /** The mount with the path, unless a route fits the path better. */
  mountOf(target: string): Mount | undefined {
    const mount = this.#mounts.find(({ prefix }) => target.startsWith(prefix));
    if (mount === undefined) return undefined;
    const route = this.#find(pathOf(target));
    return route !== undefined && route.prefix.length > mount.prefix.length ? undefined : mount;
  }

  /**
   * The routes of a path, whether or not there is a mount too. It is nearly always one: that of the
   * path as it is written. Applications read some paths in several ways, and what each of these routes
   * says has to hold, or a client would evade it by another spelling.
   * @returns none where the path, in any of its readings, is not the application's
   */
  routesOf(target: string): readonly ProxyRoute[] {
    const path = pathOf(target);
    const written = this.#find(path);
    if (written === undefined) return [];
    if (this.#routes.length === 1 && written.prefix === "/") return written.alone;
    const readings = readingsOf(path) ?? (this.#allHaveReadings ? [path] : undefined);
    if (readings === undefined) return written.alone;
    const found = new Set([written.route]);
    for (const reading of readings) {
      const exact = this.#find(reading);
      if (exact === undefined) return [];
      found.add(exact.route);
      // The more lenient an application is, the longer a prefix fits.
      const lenient = folded(reading);
      for (const each of this.#routes) {
        const isLonger = each.folded.length > exact.folded.length;
        if (isLonger && fits(each.folded, lenient)) found.add(each.route);
      }
    }
    return [...found];
  }

  #find(path: string): Entry | undefined {
    for (const each of this.#routes) if (fits(each.prefix, path)) return each;
    return undefined;
  }
}

/** Applications take "/login" for "/login/", and so does the route. */
function fits(prefix: string, path: string): boolean {
  return path.startsWith(prefix) || (path.length === prefix.length - 1 && prefix.startsWith(path));
}

function longestFirst<T extends Prefixed>(list: readonly T[]): readonly T[] {
  return list.toSorted((one, other) => other.prefix.length - one.prefix.length);
}
