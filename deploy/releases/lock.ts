import { rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { BUSY_EXIT_CODE, Problem } from "../problem.ts";

/** What the owner of a lock sends. Another process may listen at that socket: no other text of it is shown. */
const OWNER = /^make [a-z]{1,20} of process \d{1,10}, since [\dTZ:.-]{1,40}$/;

/** Longest time in which the owner says what it is, in milliseconds. */
const RESPONSE_TIMEOUT = 2_000;

const LONGEST_OWNER = 200;

/**
 * Claims the lock of a project: one deploy, backup or restore at a time, whichever user runs them. It is a socket that
 * the kernel closes with the process, so a killed one leaves none behind. On Linux it has no file either.
 * @throws Problem with BUSY_EXIT_CODE if another command has it
 */
export async function claimDeployLock(project: string, command: string): Promise<Disposable> {
  const name = `gatehouse-${project}-deploy`;
  // Each user of macOS has a folder for temporary files of their own: it must be one for all.
  const path = process.platform === "linux" ? `\0${name}` : `/tmp/${name}.sock`;
  const owner = `make ${command} of process ${process.pid}, since ${new Date().toISOString()}`;
  const server = createServer((socket) => socket.on("error", () => {}).end(owner));
  if (!(await listens(server, path))) {
    const other = await ownerOf(path);
    if (other !== undefined) throw new Problem(refusal(other, path), BUSY_EXIT_CODE);
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

function refusal(owner: string, path: string): string {
  if (OWNER.test(owner)) return `${owner}, works on this project: wait until it has ended`;
  // Any process of this machine may listen there.
  const socket = path.replace("\0", "@");
  return (
    `a process that is no command of ours, or that hangs, has the lock of this project, the socket ${socket}: ` +
    "sudo ss -xlp shows which (its process id is behind pid=); end it"
  );
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
  // Other users' commands read who has it; a name without a file is for all.
  const all = !path.startsWith("\0");
  server.listen({ path, readableAll: all, writableAll: all });
  return promise;
}

/** What the process says that has the lock, as far as it says it in time; undefined if there is none. */
function ownerOf(path: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = createConnection(path);
  let said = "";
  const timer = setTimeout(() => socket.destroy(), RESPONSE_TIMEOUT);
  socket.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.length > LONGEST_OWNER) socket.destroy();
  });
  socket.once("error", () => resolve(undefined));
  socket.once("close", () => {
    clearTimeout(timer);
    resolve(said);
  });
  return promise;
}
