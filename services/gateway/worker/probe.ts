import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds between the tries: an application may still be opening something. */
const PAUSES = [100, 200, 400, 800];

/**
 * Asks a server that is not public yet for a page, over a real connection.
 * @throws Error when the answer is still 500 or above at the last try, or does not come.
 */
export async function probe(path: string, accept: (socket: Socket) => void): Promise<void> {
  const door = createServer(accept);
  // Exclusive: a door of this worker alone, not one that node:cluster shares.
  await once(door.listen({ host: "127.0.0.1", port: 0, exclusive: true }), "listening");
  try {
    const { port } = door.address() as AddressInfo;
    let status = await ask(port, path);
    for (const ms of PAUSES) {
      if (status < 500) return;
      await pause(ms);
      status = await ask(port, path);
    }
    if (status >= 500) throw new Error(`the probe GET ${path} was answered with ${status}`);
  } finally {
    door.close();
  }
}

async function ask(port: number, path: string): Promise<number> {
  const request = get({ host: "127.0.0.1", port, path, agent: false });
  const [answer]: IncomingMessage[] = await once(request, "response");
  request.destroy();
  return answer?.statusCode ?? 0;
}
