import type { WebSettings } from "./settings.ts";
import { MOUNT, ROUTE } from "./site/defaults.ts";
import { hstsFor } from "./site/hsts.ts";
import type { Site } from "./site/site.ts";

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
