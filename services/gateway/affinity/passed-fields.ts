import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { connectionOptions, isHopByHop } from "@gatehouse/http";
import { type SocketEnds, showEnds } from "../http/socket-ends.ts";

/**
 * The first field of a request that a worker passes on: who passes it on, and the ends of the client's
 * connection. It is read on the private sockets of the workers alone.
 */
const MARK = "Gatehouse-Passed-On";

interface Mark extends SocketEnds {
  /** The id of the worker that passes it on. */
  readonly by: number;
}

/** The mark for a request of this socket, as a field. @param by the id of this worker */
export function markFor(socket: Socket, by: number): [name: string, value: string] {
  const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = socket;
  return [
    MARK,
    JSON.stringify({ by, remoteAddress, remotePort, remoteFamily, localAddress, localPort }),
  ];
}

/**
 * Takes the mark off a request that was passed on, and makes its socket show the client's connection:
 * applications read `remoteAddress`.
 * @returns the id of the worker that passed it on
 */
export function takeMark(request: IncomingMessage): number {
  const { rawHeaders, headers, socket } = request;
  const { by, ...ends }: Mark = JSON.parse(rawHeaders[1] ?? "");
  request.rawHeaders = rawHeaders.slice(2);
  // Node would derive `headers` again from the raw list, of which it remembers the old length.
  delete headers[MARK.toLowerCase()];
  request.headers = headers;
  showEnds(socket, ends);
  return by;
}

/** Methods whose requests have no body unless a field says so: to Node's client the others have. */
const BODILESS = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"]);

/** The fields of a request for another worker: with the mark, without those of this connection. */
export function passedFields(request: IncomingMessage, by: number): string[] {
  const { headers, rawHeaders, method = "" } = request;
  const fields: string[] = [...markFor(request.socket, by), ...endToEnd(rawHeaders, headers)];
  if (headers["transfer-encoding"] !== undefined) fields.push("Transfer-Encoding", "chunked");
  else if (headers["content-length"] === undefined && !BODILESS.has(method)) {
    fields.push("Content-Length", "0");
  }
  return fields;
}

/** The fields of a message without those that are for its connection alone. */
export function endToEnd(
  rawHeaders: readonly string[],
  { connection }: { readonly connection?: string | undefined },
): string[] {
  const named = connectionOptions(connection?.toLowerCase());
  const fields: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!isHopByHop(name.toLowerCase(), named)) fields.push(name, rawHeaders[at + 1] ?? "");
  }
  return fields;
}
