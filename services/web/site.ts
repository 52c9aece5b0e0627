import type { WebSettings } from "./settings.ts";
import type { ProxyRoute, Site } from "./site/site.ts";

/** What holds for a route that says nothing else. */
const ROUTE = {
  bodyLimit: undefined,
  body: "gather",
  continues: "edge",
  cache: true,
  timeouts: {},
  rate: undefined,
} as const satisfies Partial<ProxyRoute>;

/** What the site is. What differs between two deployments of the same site is a setting instead. */
export function site(settings: WebSettings): Site {
  return {
    files: [
      {
        prefix: "/assets/",
        folder: settings.assets,
        immutable: true,
        index: undefined,
        fallback: undefined,
      },
    ],
    internal: [
      {
        prefix: "/protected-media/",
        folder: settings.media,
        immutable: false,
        index: undefined,
        fallback: undefined,
      },
    ],
    routes: [{ ...ROUTE, prefix: "/", name: "site" }],
    headers: {},
  };
}
