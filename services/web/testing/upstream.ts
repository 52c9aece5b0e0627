import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { ProxyRoute, Site } from "../site/site.ts";
import { startUpstream, type Upstream } from "./edge.ts";

/** A gateway that speaks bytes instead of HTTP, and what came to it. */
export interface BytesUpstream extends Upstream {
  readonly connections: Socket[];
  /** All bytes that came, in latin1, a connection each. */
  readonly heard: string[];
}

/**
 * Starts one that calls `talk` for every piece that comes.
 * @param nth the number of the connection, from 0
 */
export async function startBytes(
  t: TestContext,
  talk: (socket: Socket, heard: string, nth: number) => void,
): Promise<BytesUpstream> {
  const connections: Socket[] = [];
  const heard: string[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const nth = connections.push(socket) - 1;
    heard[nth] = "";
    socket
      .on("error", () => socket.destroy())
      .on("data", (piece) => {
        heard[nth] += piece.toString("latin1");
        talk(socket, heard[nth] ?? "", nth);
      });
  });
  server.listen(0, "127.0.0.2");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  const admin = await startUpstream(t, "127.0.0.2", (_, answer) => answer.end(), undefined);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { ...admin, port, connections, heard };
}

/** A site whose every path is one route, which differs so from the usual one. */
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

/** An answer with a body of this text. */
export function answer(text: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}
