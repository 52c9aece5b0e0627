import { isNetwork } from "@gatehouse/http";
import { choice, host, list, milliseconds, port, text } from "@gatehouse/settings";

/** Rows of the edge's table: its ports, and the proxies in front of it. */
export const listenerRows = {
  host: host("The address to listen on."),
  httpPort: port(8080, "The port of plain HTTP."),
  httpsPort: port(8443, "The port of HTTPS."),
  https: choice({
    of: ["serve", "redirect", "off"],
    default: "serve",
    why: "serve: both ports serve the site; redirect: the HTTP port only redirects; off: no HTTPS.",
  }),
  publicOrigin: text({
    default: "https://127.0.0.1:8443",
    allowed: "an origin such as https://www.example.org",
    matches: /^https?:\/\/[A-Za-z0-9.:[\]-]+$/,
    why: "The address that visitors know, for redirects.",
  }),
  keepAlive: milliseconds({
    default: 65_000,
    min: 0,
    max: 60 * 60_000,
    why: "How long an idle connection of a client stays.",
  }),
  trustedProxies: list({
    default: [],
    allowed: "addresses or CIDRs, separated by commas",
    matches: { test: isNetwork },
    why: "Proxies in front of the edge, whose forwarded headers are trusted.",
  }),
  proxyProtocol: list({
    default: [],
    allowed: "addresses or CIDRs, separated by commas",
    matches: { test: isNetwork },
    why: "Proxies in front whose connections begin with a PROXY header, version 1 or 2; from others it is refused.",
  }),
};
