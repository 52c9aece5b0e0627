import type { IncomingMessage, ServerResponse } from "node:http";
import { forget, seen } from "./record.ts";

/** What the tests ask and tell: GET /seen, POST /forget, POST /mode?NAME=VALUE; the edge: /readyz. */
export function control(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://witness");
  if (pathname === "/seen") {
    response.end(JSON.stringify(seen()));
    return;
  }
  if (pathname === "/forget") forget();
  if (pathname === "/mode") mode.breaksOff = searchParams.get("breaks-off") === "yes";
  response.end(pathname === "/readyz" ? "ready\n" : "done\n");
}

/** How this replica behaves until it is told otherwise. */
export const mode = {
  /** Reads every request to its end and closes the connection without a response. */
  breaksOff: false,
};
