import type { WebSettings } from "./settings.ts";
import { hstsFor } from "./site/hsts.ts";
import type { ProxyRoute, Site } from "./site/site.ts";

/** The defaults of a mount and of a route. */
const MOUNT = { immutable: false, index: undefined, fallback: undefined } as const;
const ROUTE = {
  bodyLimit: undefined,
  body: "gather",
  continues: "edge",
  cache: true,
  timeouts: {},
  rate: undefined,
  affinity: undefined,
} as const satisfies Partial<ProxyRoute>;

/** What the site is. What differs between deployments of it is a setting. */
export function site(settings: WebSettings): Site {
  return {
    files: [{ ...MOUNT, prefix: "/assets/", folder: settings.assets, immutable: true }],
    internal: [{ ...MOUNT, prefix: "/protected-media/", folder: settings.media }],
    routes: [{ ...ROUTE, prefix: "/", name: "site" }],
    headers: {},
    // A year, once WEB_PUBLIC_ORIGIN is https with a real name; none for localhost, an address, .test,
    // .local or .internal. Your own: "max-age=63072000; includeSubDomains; preload", or undefined.
    hsts: hstsFor(settings.publicOrigin),
  };
}
