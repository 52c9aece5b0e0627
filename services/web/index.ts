/** What a site.ts uses. */
export type { WebSettings } from "./settings.ts";
export { MOUNT, ROUTE } from "./site/defaults.ts";
export { hstsFor } from "./site/hsts.ts";
export type { FileMount, ProxyRoute, RouteTimeouts, Site } from "./site/site.ts";
