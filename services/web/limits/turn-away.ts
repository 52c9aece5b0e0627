import type { Socket } from "node:net";
import type { Crowded } from "./connection-count.ts";

const ANSWERS = {
  connections: ["503 Service Unavailable", "The server has as many connections as it can hold."],
  "client-connections": ["429 Too Many Requests", "You have too many connections open."],
} as const satisfies Record<Crowded, readonly [string, string]>;

const RETRY_AFTER_SECONDS = 2;

/** How long a client that is turned away may take to read why, in milliseconds. */
const LINGER = 1000;
/** How many may do so at the same time; the others learn nothing. */
const MOST_LINGERING = 128;

let lingering = 0;

/**
 * Ends a connection that there is no room for: with an answer, so that a client knows that it may
 * come again, as long as this costs little. A TLS client is not worth the handshake.
 */
export function turnAway(socket: Socket, why: Crowded, encrypted: boolean): void {
  socket.on("error", () => socket.destroy());
  if (encrypted || lingering >= MOST_LINGERING) {
    socket.destroy();
    return;
  }
  const [status, message] = ANSWERS[why];
  lingering++;
  const cut = setTimeout(() => socket.destroy(), LINGER);
  socket.once("close", () => {
    lingering--;
    clearTimeout(cut);
  });
  // What the client sends is read, or the close would reset the connection (RFC 9112, section 9.6).
  socket
    .resume()
    .end(
      `HTTP/1.1 ${status}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n` +
        `Retry-After: ${RETRY_AFTER_SECONDS}\r\nCache-Control: no-store\r\n` +
        `Content-Type: text/plain\r\nContent-Length: ${message.length + 1}\r\n\r\n${message}\n`,
    );
}
