import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** How applications begin that have two servers: `site`, and `metrics` beside it. */
export const TWO_SERVERS = `import { createServer } from "node:http";
  import { setTimeout as pause } from "node:timers/promises";
  const says = (word) => createServer((request, response) => response.end(word));
  const metrics = says("metrics"), site = says("site");
  const { PORT, OTHER } = process.env;`;

/** A port that was free a moment ago, for an application that wants to choose. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
