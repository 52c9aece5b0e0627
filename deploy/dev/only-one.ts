import { once } from "node:events";
import { rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Clone } from "../clone.ts";
import { Problem } from "../problem.ts";

/**
 * Holds the place of the one chain that a clone runs. A socket, unlike a file with a process id,
 * never outlives its process in a way that could be mistaken.
 */
export class OnlyOne implements Disposable {
  readonly #server: Server;
  /** What the second one is told. */
  announcement = "it is still starting";

  private constructor(server: Server) {
    this.#server = server;
    // It answers, but keeps nothing alive.
    server.on("connection", (socket) => socket.end(this.announcement)).unref();
  }

  /** @throws Problem when this clone's chain runs already */
  static async claim(clone: Clone): Promise<OnlyOne> {
    // Not in the clone: the path of a socket may have a hundred characters only.
    const path = join(tmpdir(), `${clone.project}-dev-${process.getuid?.() ?? 0}.sock`);
    const answer = await ask(path);
    if (answer !== undefined) {
      throw new Problem(`make dev already runs in this clone: ${answer}; end it there with Ctrl-C`);
    }
    rmSync(path, { force: true });
    const server = createServer();
    server.listen(path);
    await once(server, "listening");
    return new OnlyOne(server);
  }

  [Symbol.dispose](): void {
    this.#server.close();
  }
}

/** What the chain that runs says of itself; undefined if none runs. */
async function ask(path: string): Promise<string | undefined> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return await text(socket);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
