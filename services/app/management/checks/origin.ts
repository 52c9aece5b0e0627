import { isIP } from "node:net";
import type { Check } from "./check.ts";

/** Names that only this machine, or nobody, can reach (RFC 6761). */
const LOCAL = /^(localhost|.*\.(localhost|test|invalid|example))$/;

/** What visitors see of the site's address. */
export const originChecks: readonly Check[] = [
  {
    id: "public-origin",
    what: "WEB_PUBLIC_ORIGIN is the site's https address under its own name",
    why: "Redirects lead there; without a public name there is no certificate that browsers trust.",
    fix: "Set WEB_PUBLIC_ORIGIN=https://www.example.org, with your name, in .env.",
    look: async ({ environment: { WEB_PUBLIC_ORIGIN: origin } }) => {
      if (!origin) return "it is not set";
      const { protocol, hostname } = new URL(origin);
      if (protocol !== "https:") return `${origin} is not https`;
      if (isIP(hostname.replaceAll(/[[\]]/g, "")) !== 0) return `${origin} is an address, no name`;
      return LOCAL.test(hostname) ? `${origin} is a name for this machine only` : undefined;
    },
  },
  {
    id: "https-only",
    what: "Plain HTTP does nothing but lead to HTTPS",
    why: "A password or a session that was once sent in the clear is everybody's on the way.",
    fix: "Set WEB_HTTPS=redirect in .env.",
    look: async ({ environment: { WEB_HTTPS: mode } }) =>
      mode === "redirect" ? undefined : `WEB_HTTPS is ${mode || "serve, its default"}`,
  },
  {
    id: "trusted-proxies",
    what: "Forwarded headers are believed from known proxies only",
    why: "Whoever may forge them chooses his own address, host and scheme.",
    fix: "Name your proxies' addresses in WEB_TRUSTED_PROXIES and GATEWAY_TRUSTED_PROXIES.",
    look: async ({ environment }) => {
      const everybody = ["WEB_TRUSTED_PROXIES", "GATEWAY_TRUSTED_PROXIES"].find((name) =>
        /(^|,)\s*(0\.0\.0\.0|::)\/0/.test(environment[name] ?? ""),
      );
      return everybody && `${everybody}=${environment[everybody]} is everybody`;
    },
  },
];
