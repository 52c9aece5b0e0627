import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds before the first retry and between later ones, each twice as long as the one before. */
const RETRY_DELAY = 100;
const LONGEST_DELAY = 1600;

/**
 * Sends a GET request, over a real connection, to a server that has no public port yet. While the
 * status is 500 or above, it sends another: an application may still be opening something.
 * @param patience milliseconds
 * @throws Error when the last status was still 500 or above, or there was no response.
 */
export async function probe(
  path: string,
  patience: number,
  accept: (socket: Socket) => void,
): Promise<void> {
  const until = performance.now() + patience;
  const listener = createServer(accept);
  // Exclusive: otherwise node:cluster would share the port between the workers.
  await once(listener.listen({ host: "127.0.0.1", port: 0, exclusive: true }), "listening");
  try {
    const { port } = listener.address() as AddressInfo;
    for (let delay = RETRY_DELAY; ; delay = Math.min(delay * 2, LONGEST_DELAY)) {
      const status = await statusOf(port, path);
      if (status < 500) return;
      if (performance.now() + delay > until) {
        throw new Error(`the probe GET ${path} got the status ${status} until --boot-timeout`);
      }
      await pause(delay);
    }
  } finally {
    listener.close();
  }
}

async function statusOf(port: number, path: string): Promise<number> {
  const request = get({ host: "127.0.0.1", port, path, agent: false });
  const [response]: IncomingMessage[] = await once(request, "response");
  request.destroy();
  return response?.statusCode ?? 0;
}
