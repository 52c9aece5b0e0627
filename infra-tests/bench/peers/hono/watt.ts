/** The shape that Watt's documentation gives a Node server: `create` returns it, and Watt listens. */
import { createServer, type RequestListener, type Server } from "node:http";
import { toNodeHandler } from "srvx/node";
import { fetch } from "./logged.ts";

export function create(): Server {
  return createServer(toNodeHandler(fetch) as RequestListener);
}
