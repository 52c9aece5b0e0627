import { connect, type Socket } from "node:net";

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** Connections that stay open, over which one request follows the response to another. */
export class Load {
  readonly #port: number;
  readonly #sockets: readonly Socket[];

  constructor(port: number, connections: number) {
    this.#port = port;
    this.#sockets = Array.from({ length: connections }, () => connect(this.#port, "127.0.0.1"));
  }

  /**
   * Sends `requests` times the same head, each connection waiting for its response before the next.
   * Responses must have a Content-Length. @throws the error of a connection
   */
  async run(head: string, requests: number): Promise<void> {
    let left = requests;
    await Promise.all(this.#sockets.map((socket) => drive(socket, head, () => left-- > 0)));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function drive(socket: Socket, head: string, more: () => boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let missing = 0;
  const next = () => {
    if (more()) socket.write(head);
    else {
      socket.off("data", take).off("error", reject).off("close", reject);
      resolve();
    }
  };
  const take = (chunk: Buffer) => {
    if (missing === 0) {
      const end = chunk.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
      const length = /content-length: (\d+)/i.exec(chunk.toString("latin1", 0, end))?.[1];
      missing = end + Number(length);
    }
    missing -= chunk.length;
    if (missing === 0) next();
  };
  socket.on("data", take).on("error", reject).on("close", reject);
  next();
  return promise;
}
