import { once } from "node:events";
import { rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Clone } from "../clone.ts";
import { Problem } from "../problem.ts";

/**
 * Claims a lock: a clone runs one chain at a time. It is a socket and not a file with a process id,
 * because the id in such a file may belong to another process by now.
 * @returns the lock; a second `make dev` prints its announcement
 * @throws Problem if the chain of this clone runs already
 */
export async function claimLock(clone: Clone): Promise<Disposable & { announcement: string }> {
  // Not in the clone: the path of a socket is limited to about 100 bytes.
  const path = join(tmpdir(), `${clone.project}-dev-${process.getuid?.() ?? 0}.sock`);
  const other = await announcementOf(path);
  if (other !== undefined) {
    throw new Problem(`make dev already runs in this clone: ${other}; end it there with Ctrl-C`);
  }
  rmSync(path, { force: true });
  const server = createServer((socket) => socket.end(lock.announcement));
  const lock = {
    announcement: "it is still starting",
    [Symbol.dispose]: () => void server.close(),
  };
  server.listen(path);
  await once(server, "listening");
  // The lock must not keep the process running.
  server.unref();
  return lock;
}

/** The announcement of the chain that runs; undefined if none runs. */
async function announcementOf(path: string): Promise<string | undefined> {
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
