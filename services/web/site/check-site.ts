import { validateHeaderName, validateHeaderValue } from "node:http";
import type { FileMount, ProxyRoute, Site } from "./site.ts";

/** What stands in metrics, in log lines and in the names of verbs. */
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
/** Each route has metrics of its own, and each mount is looked at for every request. */
const MOST = 100;

/**
 * Judges what site.ts returned; types say less than this, and are not checked where it runs.
 * @throws Error that names what is wrong.
 */
export function checkSite(site: Site): Site {
  for (const list of ["files", "internal", "routes"] as const) {
    if (!Array.isArray(site?.[list])) throw new Error(`${list}: expected a list`);
    if (site[list].length > MOST) throw new Error(`${list}: expected at most ${MOST}`);
    refuseTwins(list, prefixesOf(site[list]));
  }
  for (const mount of [...site.files, ...site.internal]) checkMount(mount);
  for (const route of site.routes) checkRoute(route);
  refuseTwins(
    "route names",
    site.routes.map(({ name }) => name),
  );
  for (const [name, value] of Object.entries(site.headers ?? {})) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  return site;
}

function prefixesOf(list: readonly { readonly prefix: string }[]): string[] {
  return list.map(({ prefix }) => prefix);
}

function checkMount({ prefix, folder }: FileMount): void {
  checkPrefix(prefix);
  if (typeof folder !== "string" || folder === "") throw new Error(`${prefix}: expected a folder`);
}

function checkRoute({ prefix, name }: ProxyRoute): void {
  checkPrefix(prefix);
  if (!NAME.test(name)) {
    throw new Error(`route ${JSON.stringify(name)}: expected a name such as "site" or "api-v2"`);
  }
}

function checkPrefix(prefix: string): void {
  if (typeof prefix === "string" && /^\/(?:[^\s?#]*\/)?$/.test(prefix)) return;
  throw new Error(`prefix ${JSON.stringify(prefix)}: expected "/", or a path with both slashes`);
}

function refuseTwins(what: string, words: readonly string[]): void {
  const twin = words.find((word, at) => words.indexOf(word) !== at);
  if (twin !== undefined) throw new Error(`${what}: ${twin} stands there twice`);
}
