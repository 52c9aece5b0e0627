import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { UpgradeListener } from "../applications/application.ts";

/** A complete WebSocket frame: close, with the status 1001 "going away" (RFC 6455, 5.5.1, 7.4.1). */
const GOING_AWAY = Buffer.from([0x88, 2, 1001 >> 8, 1001 & 0xff]);
/** How long a client may take to answer a close frame. */
const CLOSE_TIMEOUT = 2000;

/**
 * The connections that applications took over. They tell nobody of a worker that stops, and Node
 * does not close them: a server's `close()` waits for them for ever.
 */
export class Upgrades {
  /** With what had been written on them before they were handed over. */
  readonly #webSockets = new Map<Duplex, number>();
  #closing = false;

  get size(): number {
    return this.#webSockets.size;
  }

  /** Hands a connection over. @throws what the application threw; the connection is closed then */
  async take(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgrade: UpgradeListener,
  ): Promise<void> {
    const isWebSocket = request.headers.upgrade?.toLowerCase() === "websocket";
    if (isWebSocket) {
      this.#webSockets.set(socket, written(socket));
      socket.once("close", () => this.#webSockets.delete(socket));
    }
    // Node has taken its own listeners off; without one an error would end the worker.
    socket.on("error", () => socket.destroy());
    try {
      await upgrade(request, socket, head);
      if (this.#closing) this.close();
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Closes every WebSocket with 1001, whichever library speaks on it: a close frame may stand
   * between any two frames, and the client's answer to it makes the library end the connection.
   */
  close(): void {
    this.#closing = true;
    for (const [socket, before] of this.#webSockets) {
      this.#webSockets.delete(socket);
      // Without an answer to its handshake it is no WebSocket yet.
      if (written(socket) === before) socket.destroy();
      else socket.write(GOING_AWAY);
      setTimeout(() => socket.destroy(), CLOSE_TIMEOUT).unref();
    }
  }
}

function written(socket: Duplex): number {
  return socket instanceof Socket ? socket.bytesWritten : 0;
}
