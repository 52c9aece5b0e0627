import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { TrustedPeers } from "@gatehouse/http";
import { request } from "undici";
import { EdgeError, sendError } from "../exchange/edge-error.ts";
import { Exchange } from "../exchange/exchange.ts";
import { FileMemory } from "../files/file-memory.ts";
import { Files } from "../files/files.ts";
import type { Http1Request } from "../http1/request.ts";
import type { Http1Response } from "../http1/response.ts";
import { Http1Server } from "../http1/server.ts";
import type { FileMount } from "../site/site.ts";

/** A folder of files by their names, removed after the test. */
export async function makeFolder(t: TestContext, files: Readonly<Record<string, string | Buffer>>) {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-files-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** A server of one mount. It responds with "application" where the application would get the request. */
export async function startMount(
  t: TestContext,
  mount: Partial<FileMount> & Pick<FileMount, "folder">,
  memory = new FileMemory(1024 ** 2),
): Promise<string> {
  const defaults = { prefix: "/files/", immutable: false, index: undefined, fallback: undefined };
  const files = new Files({ ...defaults, ...mount }, memory, true);
  const terms = {
    trusted: new TrustedPeers([]),
    timed: false,
    tracer: undefined,
    headers: new Map<string, string>(),
    draining: false,
    count: () => undefined,
    long: () => true,
    finished: () => undefined,
  };
  const serve = async (request: Http1Request, response: Http1Response) => {
    const exchange = new Exchange(request, response, terms);
    try {
      if (!(await files.serve(exchange))) exchange.respond(200, [], Buffer.from("application"));
    } catch (error) {
      if (error instanceof EdgeError) sendError(exchange, error);
      else response.destroy();
    }
  };
  const head = { limitRequestLine: 4094, limitRequestField: 8190, limitRequestFields: 100 };
  const limits = { ...head, headersTimeout: 10_000, keepAlive: 10_000 };
  const http1 = new Http1Server(
    { ...limits, limitRequestBody: 0, bodyMinRate: 0, bodyRateWindow: 1000 },
    {
      serve,
      reportMalformed: () => [],
      failed: (error) => assert.fail(String(error)),
      yields: () => undefined,
      clientOf: () => undefined,
    },
  );
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    http1.accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    http1.close();
    await memory.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends one request: redirects are not followed, and codings not decoded. */
export async function ask(url: string, headers: Record<string, string>, method = "GET") {
  const response = await request(url, { method: method as "GET", headers });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.from(await response.body.arrayBuffer()),
  };
}
