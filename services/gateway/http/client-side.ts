import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import {
  type ClientSide,
  clientSide,
  FORWARDED_HEADERS,
  forwardedFields,
  type TrustedPeers,
} from "@gatehouse/http";

/**
 * Makes the forwarded headers of a request true before the application sees them: what a trusted
 * peer tells of the client is told anew in one voice, whichever headers it came in and however many
 * proxies it passed; anybody else's headers are removed, and what the socket tells takes their place.
 */
export function settleForwarded(request: IncomingMessage, trusted: TrustedPeers): void {
  const { headers, socket } = request;
  const connection = {
    peer: socket.remoteAddress ?? "",
    encrypted: false,
    host: headers.host ?? "",
    localAddress: socket.localAddress ?? "",
    localPort: socket.localPort ?? 0,
  };
  const client = clientSide(connection, headers, trusted);
  const told = forwardedFields(client);
  if (!trusted.trusts(connection.peer)) {
    rewrite(request, (name) => !FORWARDED_HEADERS.has(name), told);
    return;
  }
  if (headers["x-real-ip"] !== undefined) told.push("X-Real-IP", client.address);
  if (!says(headers, client, told)) rewrite(request, (name) => !RETOLD.has(name), told);
}

/** Other programs' words for X-Forwarded-Proto: they could only contradict it. */
const ALIASES = ["x-forwarded-protocol", "x-forwarded-scheme", "x-forwarded-ssl"];

/** What is told anew, where a trusted peer said it in other words or of more than one hop. */
const RETOLD: ReadonlySet<string> = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-real-ip",
  ...ALIASES,
]);

/** Whether the headers already say just that, as behind our own edge: nothing is rewritten then. */
function says(headers: IncomingHttpHeaders, client: ClientSide, told: readonly string[]): boolean {
  return (
    headers["x-forwarded-for"] === client.address &&
    headers["x-forwarded-proto"] === client.scheme &&
    headers["x-forwarded-host"] === client.host &&
    headers["x-forwarded-port"] === String(client.port) &&
    headers["x-real-ip"] === undefined &&
    headers.forwarded === told[told.indexOf("Forwarded") + 1] &&
    !ALIASES.some((name) => name in headers)
  );
}

/** Gives a request this one value of a field, in both of Node's views of its headers. */
export function setField(request: IncomingMessage, name: string, value: string): void {
  const key = name.toLowerCase();
  const { headers, rawHeaders } = request;
  if (headers[key] === value) return;
  if (headers[key] === undefined) {
    // `headers` has been made from the raw list by now: nobody will read the list again.
    headers[key] = value;
    rawHeaders.push(name, value);
  } else rewrite(request, (other) => other !== key, [name, value]);
}

function rewrite(
  request: IncomingMessage,
  keeps: (lowerCaseName: string) => boolean,
  added: readonly string[],
): void {
  const { headers, rawHeaders } = request;
  const fields: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (keeps(name.toLowerCase())) fields.push(name, rawHeaders[index + 1] ?? "");
    else delete headers[name.toLowerCase()];
  }
  for (let index = 0; index < added.length; index += 2) {
    headers[added[index]?.toLowerCase() ?? ""] = added[index + 1];
  }
  request.rawHeaders = [...fields, ...added];
  // Node would derive the headers anew from the raw list, of which it remembers the old length.
  request.headers = headers;
}
