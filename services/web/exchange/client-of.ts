import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type ClientSide, clientSide, type TrustedPeers } from "@gatehouse/http";

/** What the last request of a connection led to: nearly always the same as the next one's. */
const known = new WeakMap<Socket, ClientSide>();

/** The client's side of a request, by its connection and by the word of those who are trusted. */
export function clientOf(
  request: IncomingMessage | Http2ServerRequest,
  trusted: TrustedPeers,
): ClientSide {
  const { headers, socket } = request;
  const host = authorityOf(headers[":authority"]) ?? headers.host ?? "";
  const peer = socket.remoteAddress ?? "";
  const believed = trusted.trusts(peer);
  const before = believed ? undefined : known.get(socket);
  if (before !== undefined && before.host === host) return before;
  const connection = {
    peer,
    encrypted: socket instanceof TLSSocket,
    host,
    localAddress: socket.localAddress ?? "",
    localPort: socket.localPort ?? 0,
  };
  const client = clientSide(connection, headers, trusted);
  if (!believed) known.set(socket, client);
  return client;
}

function authorityOf(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
