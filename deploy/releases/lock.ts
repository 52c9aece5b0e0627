import { rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { BUSY_EXIT_CODE, Problem } from "../problem.ts";

/**
 * Claims the lock of a project: one deploy, backup or restore at a time, whichever user runs them. It is a socket that
 * the kernel closes with the process, so a killed one leaves none behind. On Linux it has no file either.
 * @throws Problem with BUSY_EXIT_CODE if another command has it
 */
export async function claimDeployLock(project: string, command: string): Promise<Disposable> {
  const name = `gatehouse-${project}-deploy`;
  // Each user of macOS has a folder for temporary files of their own: it must be one for all.
  const path = process.platform === "linux" ? `\0${name}` : `/tmp/${name}.sock`;
  const holder = `make ${command} of process ${process.pid}, since ${new Date().toISOString()}`;
  const server = createServer((socket) => socket.on("error", () => {}).end(holder));
  if (!(await listens(server, path))) {
    const other = await holderOf(path);
    if (other !== undefined) {
      throw new Problem(`${other}, works on this project: wait until it has ended`, BUSY_EXIT_CODE);
    }
    // A file that a killed process has left; on Linux the other deploy has just ended.
    if (process.platform !== "linux") rmSync(path, { force: true });
    if (!(await listens(server, path))) {
      throw new Problem("another command has begun: try again", BUSY_EXIT_CODE);
    }
  }
  // The lock must not keep the process running.
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}

function listens(server: Server, path: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const failed = (error: NodeJS.ErrnoException) => {
    server.off("listening", listening);
    if (error.code === "EADDRINUSE") resolve(false);
    else reject(error);
  };
  const listening = () => {
    server.off("error", failed);
    resolve(true);
  };
  server.once("error", failed).once("listening", listening);
  // Other users' commands ask who has it; a name without a file is for all.
  const all = !path.startsWith("\0");
  server.listen({ path, readableAll: all, writableAll: all });
  return promise;
}

/** What the holder of the lock says of itself; undefined if there is none. */
async function holderOf(path: string): Promise<string | undefined> {
  const socket = createConnection(path);
  try {
    return await text(socket);
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
