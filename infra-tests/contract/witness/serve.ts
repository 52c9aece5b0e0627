import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { ANSWERS } from "./answers.ts";
import { mode } from "./mode.ts";
import { noteBody, type Sighting, sight } from "./sighting.ts";

/** Takes the whole request, then answers by the first part of its path, else as an echo. */
export async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sighting = sight(request);
  response.once("close", () => {
    sighting.abandoned = !response.writableFinished;
  });
  const body = await buffer(request).catch(() => undefined);
  // The edge broke off what it had begun to pass on: nobody waits for an answer.
  if (body === undefined) return;
  noteBody(sighting, request, body);
  if (mode.breaksOff) {
    request.socket.destroy();
    return;
  }
  const [, first = ""] = /^\/([a-z-]+)/.exec(sighting.target) ?? [];
  (ANSWERS[first] ?? echo)(response, sighting, body);
}

/** As examples/echo.ts: the body back, or what was seen. */
function echo(response: ServerResponse, sighting: Sighting, body: Buffer): void {
  if (body.length > 0 && !sighting.target.startsWith("/headers")) {
    response.writeHead(200, { "Content-Length": body.length }).end(body);
    return;
  }
  const { method, target, rawHeaders, bodyBytes } = sighting;
  const text = `${JSON.stringify({ method, target, rawHeaders, bodyBytes })}\n`;
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}
