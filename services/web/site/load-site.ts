import { existsSync } from "node:fs";
import { validateHeaderName, validateHeaderValue } from "node:http";
import { registerHooks } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { reasonOf } from "@gatehouse/telemetry";
import { type WebSettings, webSettings } from "../settings.ts";
import type { Site } from "./site.ts";

/** The site of an edge that was given none. */
const OWN = join(import.meta.dirname, "../site.ts");
/** The query by which a module's URL differs from those of earlier loads. */
const LOAD = "load";
const AFFINITIES: readonly unknown[] = ["cookie", "client", "off", undefined];
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
/** Each route has metrics of its own, and each request is compared with each prefix. */
const MOST = 100;

let loads = 0;

/**
 * Loads site.ts as it is on disk now, with what it imports from its own folder and below; Node would
 * keep a module that was loaded before.
 * @throws Error with the reason why there is no such site.
 */
export async function loadSite(settings: WebSettings): Promise<Site> {
  const file = siteFile(settings.site);
  try {
    const module: { site?: unknown } = await import(`${pathToFileURL(file)}?${LOAD}=${++loads}`);
    if (typeof module.site !== "function") throw new Error("it exports no function called site");
    return checkSite(module.site(settings));
  } catch (error) {
    throw new Error(`${settings.site}: ${reasonOf(error)}`);
  }
}

/** The default need not exist: then it is the site that comes with the edge. */
function siteFile(path: string): string {
  const file = resolve(path);
  return path === webSettings.rows.site.default && !existsSync(file) ? OWN : file;
}

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const load = context.parentURL && new URL(context.parentURL).searchParams.get(LOAD);
    if (!load || !specifier.startsWith("./")) return resolved;
    return { ...resolved, url: `${resolved.url}?${LOAD}=${load}` };
  },
});

/** Types are not checked where site.ts runs, and say less. @throws Error that names what is wrong. */
function checkSite(site: Site): Site {
  for (const list of ["files", "internal", "routes"] as const) {
    if (!Array.isArray(site?.[list])) throw new Error(`${list}: expected a list`);
    if (site[list].length > MOST) throw new Error(`${list}: expected at most ${MOST}`);
    const prefixes = (site[list] as readonly { prefix: string }[]).map(({ prefix }) => prefix);
    refuseTwins(list, prefixes);
    for (const prefix of prefixes) checkPrefix(prefix);
  }
  for (const { prefix, folder } of [...site.files, ...site.internal]) {
    if (typeof folder !== "string" || !folder) throw new Error(`${prefix}: expected a folder`);
  }
  const names = site.routes.map(({ name }) => name);
  for (const name of names) {
    if (NAME.test(name)) continue;
    throw new Error(`route ${JSON.stringify(name)}: expected a name such as "site" or "api-v2"`);
  }
  refuseTwins("route names", names);
  for (const { name, affinity } of site.routes) {
    if (AFFINITIES.includes(affinity)) continue;
    const found = JSON.stringify(affinity);
    throw new Error(`route ${name}: affinity ${found}: expected "cookie", "client", "off" or none`);
  }
  for (const [name, value] of Object.entries(site.headers ?? {})) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  if (site.hsts !== undefined) validateHeaderValue("Strict-Transport-Security", site.hsts);
  return site;
}

function checkPrefix(prefix: string): void {
  if (typeof prefix === "string" && /^\/(?:[^\s?#]*\/)?$/.test(prefix)) return;
  throw new Error(`prefix ${JSON.stringify(prefix)}: expected "/", or a path with both slashes`);
}

function refuseTwins(what: string, texts: readonly string[]): void {
  const twin = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twin !== undefined) throw new Error(`${what}: ${twin} stands there twice`);
}
