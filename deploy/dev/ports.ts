import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/**
 * Free ports of loopback, all different, one for each wanted port: that port if it is free, else
 * another one. 0 takes any.
 */
export async function freePorts(wantedPorts: readonly number[]): Promise<number[]> {
  const servers: Server[] = [];
  for (const wanted of wantedPorts) {
    servers.push(await listening(wanted).catch(() => listening(0)));
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  return ports;
}

async function listening(port: number): Promise<Server> {
  const server = createServer();
  server.listen({ host: "127.0.0.1", port, exclusive: true });
  await once(server, "listening");
  return server;
}
