import { join } from "node:path";
import type { NextConfig } from "next";

const isDevelopment = process.env.NODE_ENV === "development";
const root = join(import.meta.dirname, "..");

// Next writes scripts into the page, and in development it evaluates some.
const policy = [
  "default-src 'self'",
  `script-src 'self' 'unsafe-inline'${isDevelopment ? " 'unsafe-eval'" : ""}`,
  "style-src 'self' 'unsafe-inline'",
  "frame-ancestors 'none'",
].join("; ");

export default {
  // All that runs in one folder: server.ts.
  output: "standalone",
  outputFileTracingRoot: root,
  turbopack: { root },
  poweredByHeader: false,
  // The web server sends scripts and styles itself: assets.ts.
  assetPrefix: isDevelopment ? "" : "/assets",
  headers: async () => [
    { source: "/:path*", headers: [{ key: "content-security-policy", value: policy }] },
  ],
} satisfies NextConfig;
