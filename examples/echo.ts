/**
 * The echo application: a plain Node listener, so that it shows what really arrives. It responds with
 * 200 to every method and path after it has read the body. It sends the body back, or describes the
 * request as JSON if there is no body or the path is /headers.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { hostname } from "node:os";

export default async function echo(request: IncomingMessage, response: ServerResponse) {
  const body = Buffer.concat(await request.toArray());
  const path = request.url?.split("?")[0];
  if (body.length > 0 && path !== "/headers") {
    const type = request.headers["content-type"] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Content-Length": body.length });
    response.end(body);
    return;
  }
  const seen = `${JSON.stringify(whatItSaw(request, body), null, 2)}\n`;
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(seen),
  });
  response.end(seen);
}

function whatItSaw(request: IncomingMessage, body: Buffer) {
  return {
    method: request.method,
    target: request.url,
    rawHeaders: request.rawHeaders,
    bodyBytes: body.length,
    client: request.headers["x-forwarded-for"],
    scheme: request.headers["x-forwarded-proto"],
    worker: process.pid,
    replica: hostname(),
  };
}
