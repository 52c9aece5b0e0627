import { closeAfter } from "@gatehouse/http";
import type { EdgeError } from "./edge-error.ts";
import type { Exchange } from "./exchange.ts";

const RETRY_AFTER_SECONDS = "2";

/** Answers with an error of the edge: a page for people, JSON for programs, by Accept. */
export function sendError(exchange: Exchange, error: EdgeError): void {
  exchange.servedBy = "edge";
  const json = prefersJson(String(exchange.request.headers.accept ?? ""));
  const body = Buffer.from(json ? asJson(exchange, error) : asPage(exchange, error));
  const fields = [
    "Content-Type",
    json ? "application/json" : "text/html; charset=utf-8",
    "Content-Length",
    String(body.length),
    "Cache-Control",
    "no-store",
  ];
  if (error.retryAfter !== undefined) fields.push("Retry-After", String(error.retryAfter));
  else if (error.status === 503) fields.push("Retry-After", RETRY_AFTER_SECONDS);
  if (error.code === "method-not-allowed") fields.push("Allow", "GET, HEAD");
  // Its body is still on the way, and nobody wants to read it.
  if (error.code === "too-large") closeAfter(exchange.response);
  exchange.respond(error.status, fields, body);
}

function prefersJson(accept: string): boolean {
  return accept.includes("json") && !accept.includes("html");
}

function asJson(exchange: Exchange, { status, code, message }: EdgeError): string {
  return `${JSON.stringify({ status, code, message, request_id: exchange.requestId })}\n`;
}

function asPage(exchange: Exchange, { status, code, message }: EdgeError): string {
  const title = code === "maintenance" ? "Back soon" : status;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
:root { color-scheme: light dark; font: 1.1rem/1.6 system-ui, sans-serif }
body { display: grid; min-height: 90vh; place-content: center; padding: 1rem; max-width: 34rem; margin: auto }
h1 { font-size: 4rem; margin: 0 }
code { font-size: .85rem; opacity: .8; overflow-wrap: anywhere }
</style>
<h1>${title}</h1>
<p>${escaped(message)}</p>
<p><code>Request ${exchange.requestId}</code></p>
</html>
`;
}

/** An operator's message, or a client's own words within it, are text and never markup. */
function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
