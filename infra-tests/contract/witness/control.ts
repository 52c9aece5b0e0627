import type { IncomingMessage, ServerResponse } from "node:http";
import { clear, seen } from "./record.ts";

/** For the tests: GET /seen, POST /clear, POST /mode?NAME=VALUE. For the edge: /readyz. */
export function control(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://witness");
  if (pathname === "/seen") {
    response.end(JSON.stringify(seen()));
    return;
  }
  if (pathname === "/clear") clear();
  if (pathname === "/mode") mode.cutsOff = searchParams.get("cuts-off") === "yes";
  response.end(pathname === "/readyz" ? "ready\n" : "done\n");
}

/** The behaviour of this replica. */
export const mode = {
  /** Whether it reads every request and closes the connection without a response. */
  cutsOff: false,
};
