import type { IncomingMessage } from "node:http";
import { FORWARDED_HEADERS, forwardedFields, type TrustedPeers } from "@gatehouse/http";

/**
 * Makes the forwarded headers of a request true before the application sees them: a trusted
 * peer's are kept, anybody else's are removed; what is missing is what the socket tells.
 */
export function settleForwarded(request: IncomingMessage, trusted: TrustedPeers): void {
  const { headers, socket } = request;
  const believed = trusted.trusts(socket.remoteAddress);
  if (believed && headers["x-forwarded-for"] && headers["x-forwarded-proto"]) return;
  if (!believed) rewrite(request, (name) => !FORWARDED_HEADERS.has(name), []);
  const told = forwardedFields({
    address: socket.remoteAddress ?? "",
    scheme: "http",
    host: headers.host ?? "",
    port: socket.localPort ?? 80,
  });
  const missing = told.filter((_, index) => {
    const name = told[index - (index % 2)] ?? "";
    return headers[name.toLowerCase()] === undefined;
  });
  rewrite(request, () => true, missing);
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
