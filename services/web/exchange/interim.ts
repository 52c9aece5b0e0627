import type { RawFields } from "@gatehouse/http";
import type { Outgoing } from "./exchange.ts";

/** Sends an interim answer, where the client's version of HTTP has them (RFC 9110, section 15.2). */
export function sendInterim(response: Outgoing, status: number, fields: RawFields): void {
  if (response.headersSent) return;
  if ("stream" in response) {
    if (response.stream.closed) return;
    response.stream.additionalHeaders({ ...gathered(fields), ":status": status });
  } else if (response.req.httpVersion === "1.1") {
    response.writeInformation(status, [...fields]);
  }
}

/** Sends the trailers with the end of the body; call it before `end`. */
export function sendTrailers(response: Outgoing, trailers: RawFields): void {
  // Node lists array trailers as pairs; HTTP/2 takes an object.
  if ("stream" in response) response.addTrailers(gathered(trailers));
  else if (response.chunkedEncoding) response.addTrailers(pairs(trailers));
}

function pairs(fields: RawFields): [string, string][] {
  const list: [string, string][] = [];
  for (let at = 0; at < fields.length; at += 2) list.push([fields[at] ?? "", fields[at + 1] ?? ""]);
  return list;
}

function gathered(fields: RawFields): Record<string, string[]> {
  // Without a prototype: a field may be called __proto__.
  const all: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs(fields)) {
    const key = name.toLowerCase();
    all[key] = [...(all[key] ?? []), value];
  }
  return all;
}
