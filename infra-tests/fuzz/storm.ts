import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { pieces } from "@gatehouse/http/corpus";
import type { Targets } from "./targets.ts";

export type Random = () => number;

/** One kind of hostile client. */
export interface Storm {
  readonly name: string;
  /** What one client does, from its connect to its end; it must end by itself. */
  readonly client: (targets: Targets, random: Random) => Promise<void>;
}

/** Milliseconds that a client waits for the server at most. */
const TIMEOUT = 400;

export function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** A connection to a port of this machine; it never throws, and is gone when it is destroyed. */
export async function dial(port: number, alpn?: string): Promise<Socket> {
  const socket =
    alpn === undefined
      ? connectTcp({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true })
      : connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: [alpn] });
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    socket.once(alpn === undefined ? "connect" : "secureConnect", () => resolve());
    socket.once("close", () => resolve());
  });
  return socket;
}

/** Sends latin-1 text in random pieces. */
export async function sendInPieces(socket: Socket, text: string, random: Random): Promise<void> {
  for (const piece of pieces(text, random)) {
    if (socket.destroyed || !socket.writable) return;
    socket.write(piece, "latin1");
    if (random() < 0.3) await new Promise(setImmediate);
  }
}

/** Ends a connection as clients do: closed, half-closed, reset, or left until the server closes. */
export async function leave(socket: Socket, random: Random): Promise<void> {
  const how = random();
  // Only a plain connection can be reset.
  if (how < 0.3 && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else if (how < 0.5) socket.destroy();
  else {
    if (how < 0.75) socket.end();
    // One that does not read is reset when the server has waited long enough.
    if (how < 0.9) socket.resume();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TIMEOUT * random());
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    socket.destroy();
  }
}
