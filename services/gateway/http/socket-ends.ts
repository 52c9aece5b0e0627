import type { Socket } from "node:net";

/** The two ends of a connection, as node:net names them. */
export type SocketEnds = Readonly<
  Record<"remoteAddress" | "remoteFamily" | "localAddress", string> &
    Record<"remotePort" | "localPort", number>
>;

/** Makes a socket show these ends: applications read `remoteAddress`, and fail where there is none. */
export function showEnds(socket: Socket, ends: SocketEnds): void {
  for (const [name, value] of Object.entries(ends)) {
    Object.defineProperty(socket, name, { configurable: true, value });
  }
}

/** A Unix socket has no addresses: its client is on this host. @param port of the gateway */
export function endsOfUnixSocket(port: number): SocketEnds {
  const [remoteAddress, localAddress] = ["127.0.0.1", "127.0.0.1"];
  return { remoteAddress, remotePort: 0, remoteFamily: "IPv4", localAddress, localPort: port };
}

/** @returns whether it came over the Unix socket: no connection of TCP is from port 0 */
export function isOfUnixSocket(socket: Socket): boolean {
  return socket.remotePort === 0;
}
