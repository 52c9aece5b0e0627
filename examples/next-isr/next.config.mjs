import { fileURLToPath } from "node:url";

const inThisFolder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @type {import("next").NextConfig} */
export default {
  // All that it needs in one folder: serve .next/standalone/services/app/server.js.
  output: "standalone",
  outputFileTracingRoot: inThisFolder("../.."),
  turbopack: { root: inThisFolder("../..") },
  // Workers and replicas share what Next caches: see cache-handler.mjs.
  cacheHandler: inThisFolder("./cache-handler.mjs"),
  cacheMaxMemorySize: 0,
  // Pages that the edge keeps too, for a minute: a change may show that much later.
  headers: async () => [
    { source: "/archive", headers: [{ key: "CDN-Cache-Control", value: "max-age=60" }] },
  ],
};
