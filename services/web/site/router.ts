import type { ProxyRoute } from "./site.ts";

interface Prefixed {
  readonly prefix: string;
}

/** Nearly every path has none of these, and is read by all in the same way. */
const READ_IN_TWO_WAYS = /%|\\|\/[./]/;

/** Finds the mount and the route of a request by its path: the longest prefix that fits. */
export class Router<Mount extends Prefixed> {
  readonly #mounts: readonly Mount[];
  readonly #routes: readonly ProxyRoute[];
  /** The routes by what their prefixes are once they are decoded. */
  readonly #decoded: readonly (Prefixed & { readonly route: ProxyRoute })[];

  /** @param mounts folders of files; of a mount and a route with one prefix the mount comes first */
  constructor(mounts: readonly Mount[], routes: readonly ProxyRoute[]) {
    this.#mounts = longestFirst(mounts);
    this.#routes = longestFirst(routes);
    this.#decoded = longestFirst(routes.map((route) => ({ route, prefix: decoded(route.prefix) })));
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

  /**
   * Whether an application may read a path as that of another route, whose limits a client would evade:
   * frameworks follow dot segments, take a backslash for a slash (the URL of the Fetch standard does both),
   * decode what is encoded, and drop empty segments.
   * @param route the one with the path as it is written
   */
  isAmbiguous(target: string, route: ProxyRoute): boolean {
    if (this.#routes.length === 1) return false;
    const path = target.split("?", 1)[0] ?? "";
    if (!READ_IN_TWO_WAYS.test(path)) return false;
    const followed = URL.parse(`http://a${path}`)?.pathname ?? path;
    if (firstFit(this.#routes, followed) !== route) return true;
    return firstFit(this.#decoded, decoded(path))?.route !== route;
  }
}

/** A path without encoding, without dot segments and without empty ones. */
function decoded(path: string): string {
  const plain = path
    .replace(/%([\da-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll("\\", "/");
  const segments: string[] = [];
  for (const segment of plain.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const isFolder = /(?:\/|\/\.{1,2})$/.test(plain);
  return `/${segments.join("/")}${isFolder && segments.length > 0 ? "/" : ""}`;
}

function longestFirst<T extends Prefixed>(list: readonly T[]): readonly T[] {
  return list.toSorted((one, other) => other.prefix.length - one.prefix.length);
}

function firstFit<T extends Prefixed>(list: readonly T[], target: string): T | undefined {
  for (const each of list) if (target.startsWith(each.prefix)) return each;
  return undefined;
}
