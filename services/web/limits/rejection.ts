import type { Socket } from "node:net";
import { ADVICE, RETRY_AFTER } from "../exchange/advice.ts";

const RESPONSES = {
  connections: ["503 Service Unavailable", "The server is busy."],
  "client-connections": ["429 Too Many Requests", "Too many connections."],
} as const;

/** How long a rejected client may take to read the response, in milliseconds. */
const LINGER = 1000;
/** How many may do so at the same time; others are closed without a response. */
const MOST_LINGERING = 128;

/** Closes rejected connections, with a response as long as this costs little. */
export class Rejection {
  #lingering = 0;

  /** @param encrypted whether a response would cost a handshake: then there is none */
  reject(socket: Socket, limit: keyof typeof RESPONSES, encrypted: boolean): void {
    socket.on("error", () => socket.destroy());
    if (encrypted || this.#lingering >= MOST_LINGERING) {
      socket.destroy();
      return;
    }
    this.#lingering++;
    const cut = setTimeout(() => socket.destroy(), LINGER);
    socket.once("close", () => {
      this.#lingering--;
      clearTimeout(cut);
    });
    const [status, reason] = RESPONSES[limit];
    const message = `${reason} ${ADVICE}\n`;
    // What the client sends is read, or the close would reset the connection (RFC 9112, section 9.6).
    socket
      .resume()
      .end(
        `HTTP/1.1 ${status}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n` +
          `Retry-After: ${RETRY_AFTER}\r\nCache-Control: no-store\r\n` +
          `Content-Type: text/plain\r\nContent-Length: ${message.length}\r\n\r\n${message}`,
      );
  }
}
