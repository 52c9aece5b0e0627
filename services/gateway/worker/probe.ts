import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds before each retry: an application may still be opening something. */
const RETRY_DELAYS = [100, 200, 400, 800];

/**
 * Sends a GET request, over a real connection, to a server that has no public port yet.
 * @throws Error when the last status is still 500 or above, or there is no response.
 */
export async function probe(path: string, accept: (socket: Socket) => void): Promise<void> {
  const listener = createServer(accept);
  // Exclusive: otherwise node:cluster would share the port between the workers.
  await once(listener.listen({ host: "127.0.0.1", port: 0, exclusive: true }), "listening");
  try {
    const { port } = listener.address() as AddressInfo;
    let status = await statusOf(port, path);
    for (const delay of RETRY_DELAYS) {
      if (status < 500) return;
      await pause(delay);
      status = await statusOf(port, path);
    }
    if (status >= 500) throw new Error(`the probe GET ${path} got the status ${status}`);
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
