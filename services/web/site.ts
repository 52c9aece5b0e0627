import type { WebSettings } from "./settings.ts";
import type { ProxyRoute, Site } from "./site/site.ts";

/** The defaults of a route. */
const ROUTE = {
  bodyLimit: undefined,
  body: "gather",
  continues: "edge",
  cache: true,
  timeouts: {},
  rate: undefined,
} as const satisfies Partial<ProxyRoute>;

/** What the site is. What differs between deployments of it is a setting. */
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
