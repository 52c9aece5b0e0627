/** A plain Node listener with a few routes, without a framework. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { count, pieces } from "../bodies.ts";

const held: (() => void)[] = [];
let waiting = 0;
let left = 0;

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  "/json": (_request, response) => json(response, { hello: "world" }),
  "/echo": (request, response) => {
    const type = request.headers["content-type"] ?? "application/octet-stream";
    response.setHeader("Content-Type", type);
    return pipeline(request, response);
  },
  "/upload": async (request, response) => json(response, { bytes: await count(request) }),
  "/hold": async (request, response) => {
    await new Promise<void>((released) => held.push(released));
    json(response, { bytes: await count(request) });
  },
  "/release": (_request, response) => {
    for (const release of held.splice(0)) release();
    response.writeHead(202).end();
  },
  "/unread": (_request, response) => response.end("not read"),
  "/stream": (_request, response) => pipeline(Readable.from(pieces()), response),
  "/events": async (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    while (!response.closed) {
      response.write(`data: ${Date.now()}\n\n`);
      await pause(50);
    }
  },
  "/wait": (_request, response) => {
    waiting++;
    response.on("close", () => left++);
  },
  "/left": (_request, response) => json(response, { waiting, left }),
  "/cookies": (_request, response) => {
    response.writeHead(200, { "Set-Cookie": ["a=1", "b=2"] }).end("two");
  },
  "/fields": ({ headers }, response) => {
    response.setHeader("X-Word", ["one", "two"]);
    json(response, { word: headers["x-word"] });
  },
  "/empty": (_request, response) => response.writeHead(204).end(),
  "/unchanged": (_request, response) => response.writeHead(304, { ETag: '"1"' }).end(),
  "/throws": () => {
    throw new Error("thrown before the head");
  },
  "/breaks": async (_request, response) => {
    response.write("begun\n");
    await pause(50);
    throw new Error("thrown after the head");
  },
};

export default function listener(request: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const route = routes[pathname];
  return route === undefined ? response.writeHead(404).end() : route(request, response);
}

function json(response: ServerResponse, value: object): void {
  const text = JSON.stringify(value);
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.end(text);
}
