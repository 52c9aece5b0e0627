import { registerHooks } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { WebSettings } from "../settings.ts";
import { checkSite } from "./check-site.ts";
import type { Site } from "./site.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const ANEW = "anew";

let loads = 0;

/**
 * Loads site.ts as it stands on disk now, with what it imports from its own folder and below; a
 * module that was loaded before would otherwise stay what it was.
 * @throws Error with the reason why there is no such site.
 */
export async function loadSite(settings: WebSettings): Promise<Site> {
  const file = resolve(ROOT, settings.site);
  try {
    const module: { site?: unknown } = await import(`${pathToFileURL(file)}?${ANEW}=${++loads}`);
    if (typeof module.site !== "function") throw new Error("it exports no function called site");
    return checkSite(module.site(settings));
  } catch (error) {
    throw new Error(`${settings.site}: ${error instanceof Error ? error.message : error}`);
  }
}

/** What the site imports by a relative path is as new as the site itself. */
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const generation = context.parentURL && new URL(context.parentURL).searchParams.get(ANEW);
    if (!generation || !specifier.startsWith("./")) return resolved;
    return { ...resolved, url: `${resolved.url}?${ANEW}=${generation}` };
  },
});
