import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";

/** What every request gets while the application does not start. */
export interface Page {
  readonly html: string;
  readonly text: string;
}

/** The bytes of a request that are enough to see its method and what it accepts. */
const HEAD_LIMIT = 16 * 1024;

/**
 * Passes the edge's connections on to the gateway, byte by byte. While there is a page, it responds
 * with that page instead: the gateway still has the old application, or none.
 */
export class Relay implements Disposable {
  readonly #server: Server;
  readonly #gatewayPort: number;
  readonly #open = new Set<Socket>();
  #page: Page | undefined;

  private constructor(gatewayPort: number) {
    this.#gatewayPort = gatewayPort;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param gatewayPort the port of loopback that the gateway listens on, now or later */
  static async listen(port: number, gatewayPort: number): Promise<Relay> {
    const relay = new Relay(gatewayPort);
    relay.#server.listen(port, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  /** Shows a page, or the gateway's responses again. Open connections to the other one are closed. */
  show(page: Page | undefined): void {
    if (page === undefined && this.#page === undefined) return;
    this.#page = page;
    for (const socket of this.#open) socket.destroy();
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#open.add(socket);
    socket.on("close", () => this.#open.delete(socket));
    socket.on("error", () => socket.destroy());
    if (this.#page === undefined) this.#pass(socket);
    else respond(socket, this.#page).catch(() => socket.destroy());
  }

  #pass(socket: Socket): void {
    const gateway = createConnection({ port: this.#gatewayPort, host: "127.0.0.1" });
    gateway.on("error", () => socket.destroy());
    gateway.on("close", () => socket.destroy());
    socket.on("close", () => gateway.destroy());
    socket.setNoDelay(true).pipe(gateway.setNoDelay(true)).pipe(socket);
  }
}

/**
 * Responds with 500 once the head of the request is there, and reads the rest of it.
 * @throws if the connection closes before that
 */
async function respond(socket: Socket, page: Page): Promise<void> {
  let head = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    head += chunk;
    if (head.includes("\r\n\r\n") || head.length > HEAD_LIMIT) break;
  }
  if (socket.destroyed) return;
  socket.on("error", () => socket.destroy()).resume();
  const html = /^accept:.*text\/html/im.test(head);
  const body = html ? page.html : page.text;
  const fields = [
    "HTTP/1.1 500 Internal Server Error",
    `Content-Type: text/${html ? "html" : "plain"}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
  ];
  socket.end(`${fields.join("\r\n")}\r\n\r\n${head.startsWith("HEAD ") ? "" : body}`);
}
