import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import type { Http1Request } from "../http1/request.ts";
import type { Http1Response } from "../http1/response.ts";
import { Http1Server } from "../http1/server.ts";

const SETTINGS = {
  ...{ limitRequestLine: 4094, limitRequestField: 8190 },
  ...{ limitRequestFields: 100, limitRequestBody: 0 },
  ...{ headersTimeout: 10_000, keepAlive: 10_000, bodyMinRate: 0, bodyRateWindow: 1000 },
};

/** The client of all connections. */
export const CLIENT = "client";

type Serve = (request: Http1Request, response: Http1Response) => void;

/** A server of HTTP/1.1 alone, which admits every request that keeps the rules to `serve`. */
export async function startHttp1(
  t: TestContext,
  serve: Serve,
  changes: Partial<typeof SETTINGS> = {},
  yields: () => string | undefined = () => undefined,
) {
  const settings = { ...SETTINGS, ...changes };
  const failures: unknown[] = [];
  const malformed: number[] = [];
  const http1 = new Http1Server(settings, {
    serve: (request, response) => {
      const refused = ({ status }: { status: number }) => {
        response.writeHead(status, ["Content-Length", "0"]);
        response.end(undefined, []);
      };
      if (request.admit(settings, refused)) serve(request, response);
    },
    reportMalformed: ({ status }) => {
      malformed.push(status);
      return [];
    },
    failed: (error) => failures.push(error),
    yields,
    clientOf: () => CLIENT,
  });
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, highWaterMark: 16 * 1024 }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    http1.accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    http1.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { port, http1, failures, malformed, open: sockets };
}

/** A client over a raw connection, and all that it has received. */
export class RawClient {
  readonly socket: Socket;
  received = "";

  constructor(t: TestContext, port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.socket.on("error", () => undefined);
    this.socket.setEncoding("latin1").on("data", (text: string) => {
      this.received += text;
    });
    t.after(() => this.socket.destroy());
  }

  send(bytes: string): this {
    this.socket.write(bytes, "latin1");
    return this;
  }

  /** The statuses of the responses so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  /** Resolves when what was received satisfies. @throws after ten seconds of a quiet machine */
  async until(satisfies: (client: this) => boolean): Promise<void> {
    const since = performance.now();
    while (!satisfies(this)) {
      if (isLate(since, 10_000))
        throw new Error(`received only ${JSON.stringify(this.received.slice(-500))}`);
      await nextTurn();
    }
  }

  /** Resolves when the server has closed its side, or the connection is reset. */
  async ended(): Promise<void> {
    await this.until(({ socket }) => socket.readableEnded || socket.destroyed);
  }
}
