import { type RawFields, selectedRange, withoutFields } from "@gatehouse/http";
import type { Exchange } from "../exchange/exchange.ts";
import type { Entry } from "./entry.ts";
import { isNotModified } from "./validation.ts";

/** Fields that describe a content, which a 304 and a 416 do not have. */
const OF_A_CONTENT: ReadonlySet<string> = new Set(
  "content-encoding content-language content-length content-range content-type".split(" "),
);
const OF_THE_WHOLE: ReadonlySet<string> = new Set(["content-length", "content-range"]);

/**
 * Responds with an entry, or with what the request's conditions and Range leave of it.
 * @param status this response's Cache-Status
 * @param validated whether the application has just sent or validated it for this request: then the
 *   response has no Age (RFC 9111, section 5.1)
 */
export function respondWith(
  exchange: Exchange,
  entry: Entry,
  status: string,
  validated: boolean,
): void {
  const { head, body } = entry;
  const own = ["Cache-Status", status];
  exchange.cacheStatus = status;
  if (!validated) own.push("Age", String(Math.floor(entry.age(performance.now()) / 1000)));
  if (isNotModified(head, exchange.request.headers)) {
    exchange.respond(304, [...withoutFields(head.fields, OF_A_CONTENT), ...own], undefined);
    return;
  }
  const content = body.whole;
  if (content === undefined) {
    exchange.head(head.status, [...head.fields, ...own], "");
    body.readBy(exchange);
    return;
  }
  if (respondWithPart(exchange, entry, content, own)) return;
  const fields = [...head.fields];
  // A response of unknown length has one once it is stored.
  if (head.get("content-length") === undefined && head.status !== 204) {
    fields.push("Content-Length", String(content.length));
  }
  exchange.respond(head.status, [...fields, ...own], content);
}

/** 206 or 416 (RFC 9110, sections 15.3.7 and 15.5.17); false where the whole is to be sent. */
function respondWithPart(
  exchange: Exchange,
  { head }: Entry,
  content: Buffer,
  own: RawFields,
): boolean {
  const { headers } = exchange.request;
  if (headers.range === undefined || exchange.method !== "GET" || head.status !== 200) return false;
  const validators = { etag: head.get("etag"), modified: head.date("last-modified") };
  const range = selectedRange(headers, validators, content.length);
  if (range === undefined) return false;
  if (range === "unsatisfiable") {
    const fields = withoutFields(head.fields, OF_A_CONTENT);
    const size = ["Content-Range", `bytes */${content.length}`, "Content-Length", "0"];
    exchange.respond(416, [...fields, ...size, ...own], undefined);
    return true;
  }
  const part = content.subarray(range.first, range.last + 1);
  const fields = [
    ...withoutFields(head.fields, OF_THE_WHOLE),
    ...["Content-Range", `bytes ${range.first}-${range.last}/${content.length}`],
    ...["Content-Length", String(part.length)],
  ];
  exchange.respond(206, [...fields, ...own], part);
  return true;
}

/** This cache's name in Cache-Status, which lists all caches on the way; RFC 9211. */
const NAME = "gatehouse";

/** Why a request was forwarded to the application; RFC 9211, section 2.2. */
export type ForwardReason = "method" | "bypass" | "uri-miss" | "vary-miss" | "stale";

/** Cache-Status of a response from the store. @param ttl milliseconds; negative when stale */
export function hitStatus(ttl: number, detail: string | undefined): string {
  const status = `${NAME}; hit; ttl=${Math.floor(ttl / 1000)}`;
  return detail === undefined ? status : `${status}; detail=${detail}`;
}

/** @param parameters in the order of RFC 9211, section 2: fwd-status, stored, collapsed, detail */
export function forwardStatus(why: ForwardReason, ...parameters: readonly string[]): string {
  return [NAME, `fwd=${why}`, ...parameters].join("; ");
}
