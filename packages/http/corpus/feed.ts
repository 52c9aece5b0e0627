import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as breath } from "node:timers/promises";

/** How the bytes of a case are cut into writes. */
export const FEEDS: Readonly<Record<string, (bytes: string) => string[]>> = {
  whole: (bytes) => [bytes],
  "byte by byte": (bytes) => [...bytes],
  "in pieces": inPieces,
};

const LONGEST_PIECE = 40;

/** Random pieces, the same in every run: the seed is the text itself. */
function inPieces(bytes: string): string[] {
  let seed = [...bytes].reduce((sum, byte) => (sum * 31 + byte.charCodeAt(0)) | 0, 7);
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    // Park and Miller's generator: reproducible, and random enough for cuts.
    seed = (Math.imul(seed, 48_271) >>> 0) % 2_147_483_647;
    const length = 1 + (seed % LONGEST_PIECE);
    pieces.push(bytes.slice(at, at + length));
    at += length;
  }
  return pieces;
}

export interface Heard {
  /** All that came back until the server closed. */
  readonly text: string;
  readonly statuses: readonly number[];
  /** The client's own port, by which an application tells connections apart. */
  readonly port: number;
}

/** Longer cases prove nothing more byte by byte. */
const LONGEST_IN_BYTES = 2000;
const DEADLINE = 60_000;

/**
 * Sends bytes in these pieces on a connection of their own, until the server closes it.
 * @throws when it is reset, or not closed in time.
 */
export async function feed(url: string, pieces: readonly string[]): Promise<Heard> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    allowHalfOpen: true,
  });
  let text = "";
  socket.setEncoding("latin1").on("data", (some: string) => {
    text += some;
  });
  const ended = once(socket, "end", { signal: AbortSignal.timeout(DEADLINE) });
  // Awaited below, once all is sent; a reset meanwhile is not unhandled.
  ended.catch(() => undefined);
  await once(socket, "connect");
  const own = socket.localPort ?? 0;
  for (const piece of pieces) {
    if (socket.readableEnded || socket.destroyed) break;
    socket.write(piece, "latin1");
    if (pieces.length < LONGEST_IN_BYTES) await breath();
  }
  await ended;
  socket.destroy();
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  return { text, statuses: statuses.filter((status) => status !== 100), port: own };
}
