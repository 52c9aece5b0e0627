import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { markFor } from "./passed-fields.ts";

/** Milliseconds that the client may take to close, once the other worker has closed. */
const CLOSE_TIMEOUT = 2000;

/**
 * Joins the connection of an upgrade with one to another worker, byte for byte: the handshake, its
 * response, and what follows. A side that is not read slows down the other; the other worker bounds
 * what waits for a client.
 * @param upstream a connection that the other worker has taken
 * @param by the id of this worker
 */
export function passUpgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  upstream: Socket,
  by: number,
): void {
  const { method, url, rawHeaders } = request;
  let lines = `${method} ${url} HTTP/1.1\r\n`;
  const fields = [...markFor(request.socket, by), ...rawHeaders];
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]}: ${fields[at + 1]}\r\n`;
  upstream.write(`${lines}\r\n`, "latin1");
  if (head.length > 0) upstream.write(head);
  client.on("close", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
  upstream.on("close", () => {
    client.end();
    const late = setTimeout(() => client.destroy(), CLOSE_TIMEOUT);
    client.once("close", () => clearTimeout(late));
  });
  client.pipe(upstream);
  upstream.pipe(client);
}
