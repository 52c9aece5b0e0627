import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to connections (32768 and up on Linux): a port of those may be taken
 * by any connection between this moment and the start of the containers.
 */
const [FIRST, COUNT] = [20_000, 12_000];

/** Two TCP ports of loopback that were free a moment ago, different from each other. */
export async function freePorts(): Promise<[number, number]> {
  const first = await freePort();
  for (;;) {
    const second = await freePort();
    if (second !== first) return [first, second];
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const failed = once(server, "error").then(() => false);
  const listening = once(server.listen(port, "127.0.0.1"), "listening").then(() => true);
  listening.catch(() => undefined);
  failed.catch(() => undefined);
  const free = await Promise.race([failed, listening]);
  if (free) await new Promise((closed) => server.close(closed));
  return free;
}
