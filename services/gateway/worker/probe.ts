import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";

/**
 * Asks a server that is not public yet for a page, over a real connection.
 * @throws Error when the answer is 500 or above, or does not come.
 */
export async function probe(path: string, accept: (socket: Socket) => void): Promise<void> {
  const door = createServer(accept);
  // Exclusive: a door of this worker alone, not one that node:cluster shares.
  await once(door.listen({ host: "127.0.0.1", port: 0, exclusive: true }), "listening");
  try {
    const { port } = door.address() as AddressInfo;
    const request = get({ host: "127.0.0.1", port, path, agent: false });
    const [answer]: IncomingMessage[] = await once(request, "response");
    answer?.resume();
    const status = answer?.statusCode ?? 0;
    if (status >= 500) throw new Error(`the probe GET ${path} was answered with ${status}`);
    request.destroy();
  } finally {
    door.close();
  }
}
