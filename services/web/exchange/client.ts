import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type ClientSide, clientSide, detached, type TrustedPeers } from "@gatehouse/http";
import { socketOf } from "../http2/transport.ts";
import type { ClientRequest } from "./http-versions.ts";

/** The client of a connection's last request: nearly always that of the next one too. */
const lastClient = new WeakMap<Socket, ClientSide>();

/** The connection of a request, of TLS where it is encrypted. */
export function connectionOf(request: ClientRequest): Socket {
  return "stream" in request ? socketOf(request.stream.session) : request.socket;
}

/**
 * Who sent a request, and how it reached the site.
 * @param socket of `connectionOf`
 * @param fromProxy whether the peer is a trusted proxy
 */
export function clientOf(
  request: ClientRequest,
  socket: Socket,
  trusted: TrustedPeers,
  fromProxy: boolean,
): ClientSide {
  const { headers } = request;
  const accepted = acceptedSocket(socket);
  const host = "stream" in request ? (headers[":authority"] ?? headers.host ?? "") : request.host;
  const known = fromProxy ? undefined : lastClient.get(accepted);
  if (known !== undefined && known.host === host) return known;
  const connection = {
    peer: socket.remoteAddress ?? "",
    encrypted: socket instanceof TLSSocket,
    // It is remembered as long as its connection is open.
    host: "stream" in request ? host : detached(host),
    localAddress: socket.localAddress ?? "",
    localPort: socket.localPort ?? 0,
  };
  const client = clientSide(connection, headers, trusted);
  if (!fromProxy) lastClient.set(accepted, client);
  return client;
}

/** The socket that was accepted, below TLS and HTTP/2. Node has no public name for it. */
export function acceptedSocket(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, "_parent");
  return isSocket(parent) ? parent : socket;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === "object" && value !== null && "remoteAddress" in value;
}

/** The value of a field that a client may send once. */
export function single(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
