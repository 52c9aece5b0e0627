import { createRequire } from "node:module";
import { cloneEnvironment } from "./clone.ts";

const playwright: { version: string } = createRequire(import.meta.url)(
  "@playwright/test/package.json",
);

/** The official images; the browsers' has to be of exactly the version that npm installed. */
const official = {
  NODE_IMAGE: "node:26.10.0-trixie-slim",
  K6_IMAGE: "grafana/k6:2.2.0",
  PLAYWRIGHT_IMAGE: `mcr.microsoft.com/playwright:v${playwright.version}-noble`,
} as const;

/** The image of a test tool: the one that `.env` or the environment chooses, else the official. */
export function imageOf(variable: keyof typeof official): string {
  return process.env[variable] || cloneEnvironment()[variable] || official[variable];
}
