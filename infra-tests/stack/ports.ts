import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

async function listening() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Two TCP ports of loopback that were free a moment ago, different from each other. */
export async function freePorts(): Promise<[number, number]> {
  const servers = [await listening(), await listening()];
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  return ports as [number, number];
}
