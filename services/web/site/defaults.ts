import type { FileMount, ProxyRoute } from "./site.ts";

/** The defaults of a folder of files. */
export const MOUNT = {
  immutable: false,
  index: undefined,
  fallback: undefined,
} as const satisfies Partial<FileMount>;

/** The defaults of a route to the application. */
export const ROUTE = {
  bodyLimit: undefined,
  body: "gather",
  continues: "edge",
  cache: true,
  timeouts: {},
  rate: undefined,
  affinity: undefined,
} as const satisfies Partial<ProxyRoute>;
