import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { ProxyRoute, Site } from "../site/site.ts";
import { startUpstream, type Upstream } from "./edge.ts";

/** A gateway that sends bytes instead of HTTP, and what it received. */
export interface BytesUpstream extends Upstream {
  readonly connections: Socket[];
  /** All bytes that were received, in latin1, a connection each. */
  readonly received: string[];
}

/**
 * Starts one that calls `talk` for every piece that it receives.
 * @param talk gets the socket, all that was received on it, and its number, from 0
 */
export async function startBytes(
  t: TestContext,
  talk: (socket: Socket, received: string, nth: number) => void,
): Promise<BytesUpstream> {
  const connections: Socket[] = [];
  const received: string[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const nth = connections.push(socket) - 1;
    received[nth] = "";
    socket
      .on("error", () => socket.destroy())
      .on("data", (piece) => {
        received[nth] += piece.toString("latin1");
        talk(socket, received[nth] ?? "", nth);
      });
  });
  server.listen(0, "127.0.0.2");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  const admin = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { ...admin, port, connections, received };
}

/** A site whose every path is one route, with these changes of the usual one. */
export function routed(changes: Partial<ProxyRoute>): () => Site {
  const route: ProxyRoute = {
    prefix: "/",
    name: "tested",
    bodyLimit: undefined,
    body: "stream",
    continues: "edge",
    cache: false,
    timeouts: {},
    rate: undefined,
    ...changes,
  };
  return () => ({ files: [], internal: [], routes: [route], headers: {} });
}

/** A response with a body of this text. */
export function response(text: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}

/** Waits until a writer makes no progress any more, because the reader has stopped. */
export async function stalled(written: () => number): Promise<number> {
  for (;;) {
    const before = written();
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (before > 0 && written() === before) return before;
  }
}
