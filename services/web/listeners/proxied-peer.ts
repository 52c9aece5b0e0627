import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type ProxyHeader, ProxyHeaderError, readProxyHeader } from "./proxy-header.ts";

type Source = NonNullable<ProxyHeader["source"]>;

/** Why a connection is refused that said nothing: load balancers check so whether the port is open. */
export const PROBE = "left without a word";

/** The sources that were told, by the true ends of the connections whose TLS has not begun yet. */
const awaitingTls = new Map<string, Source>();

/**
 * Reads the PROXY header with which a connection begins. From then on the socket's remote address
 * and port are those that the proxy told: trust, limits and logs know no others.
 * @param within milliseconds that the header may take
 * @param done called once; with an error where it was no such header, or took too long
 */
export function readPeer(socket: Socket, within: number, done: (error?: Error) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (error?: Error) => {
    clearTimeout(late);
    socket.off("readable", read).off("close", gone).off("error", ignore);
    done(error);
  };
  const read = () => {
    try {
      for (;;) {
        const chunk: Buffer | null = socket.read();
        if (chunk === null) {
          if (socket.readableEnded) finish(new ProxyHeaderError("ended within its header"));
          return;
        }
        bytes = Buffer.concat([bytes, chunk]);
        const header = readProxyHeader(bytes);
        if (header === undefined) continue;
        if (header.source !== undefined) nameSource(socket, header.source);
        if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length));
        finish();
        return;
      }
    } catch (error) {
      finish(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const gone = () =>
    finish(new ProxyHeaderError(bytes.length === 0 ? PROBE : "left in its header"));
  const ignore = () => undefined;
  const late = setTimeout(() => finish(new ProxyHeaderError("took too long")), within);
  socket.on("readable", read).once("close", gone).on("error", ignore);
}

/** Has TLS connections know the source that was told before their handshake. */
export function carrySources(server: NodeJS.EventEmitter): void {
  server.prependListener("secureConnection", (secure: TLSSocket) => {
    const source = awaitingTls.get(endsOf(secure));
    if (source !== undefined) define(secure, source);
  });
}

function nameSource(socket: Socket, source: Source): void {
  const ends = endsOf(socket);
  awaitingTls.set(ends, source);
  socket.once("close", () => awaitingTls.delete(ends));
  define(socket, source);
}

function define(socket: Socket, { address, port }: Source): void {
  Object.defineProperty(socket, "remoteAddress", { value: address, configurable: true });
  Object.defineProperty(socket, "remotePort", { value: port, configurable: true });
  const family = address.includes(":") ? "IPv6" : "IPv4";
  Object.defineProperty(socket, "remoteFamily", { value: family, configurable: true });
}

/** No two open connections have the same two ends. */
function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress}:${localPort}-${remoteAddress}:${remotePort}`;
}
