import { once } from "node:events";
import { BoundSocket, connect, createServer } from "node:net";
import type { TestContext } from "node:test";
import type { SharedSocket } from "../primary/steering.ts";

/** Listening sockets that share a port, each of which sends its name; one named "frozen" sends nothing. */
export async function share(t: TestContext, ...names: string[]): Promise<SharedSocket> {
  const bound: BoundSocket[] = [];
  for (const name of names) {
    const port = bound[0]?.address().port ?? 0;
    const socket = new BoundSocket({ host: "127.0.0.1", port, reusePort: true });
    bound.push(socket);
    const server = createServer({ allowHalfOpen: true }, (client) => {
      // As a frozen process: the kernel has the connection, and nobody responds.
      if (name === "frozen") client.on("error", () => {}).unref();
      else
        client
          .resume()
          .on("error", () => {})
          .end(name);
    });
    server.listen({ fd: socket.fd() });
    await once(server, "listening");
    t.after(() => server.close());
    t.after(() => socket.close());
  }
  const port = bound[0]?.address().port ?? 0;
  return { port, descriptor: bound[0]?.fd() ?? -1 };
}

async function askedOf(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const late = setTimeout(() => socket.destroy(), 200);
  const data = await Promise.race([once(socket, "data"), once(socket, "close")]);
  clearTimeout(late);
  socket.destroy();
  return Buffer.isBuffer(data[0]) ? String(data[0]) : "nobody";
}

/** The names that 40 connections get, in order; "nobody" where none is sent. */
export async function seen(port: number): Promise<string[]> {
  const names = await Promise.all(Array.from({ length: 40 }, () => askedOf(port)));
  return [...new Set(names)].sort();
}
