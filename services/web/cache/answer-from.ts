import { type RawFields, selectedRange } from "@gatehouse/http";
import type { Exchange } from "../exchange/exchange.ts";
import type { Entry } from "./entry.ts";
import { clientHasIt, withoutNames } from "./validators.ts";

const SECOND = 1000;

/** Fields that describe a content which a 304 or a 416 does not have. */
const OF_A_CONTENT: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-language",
  "content-length",
  "content-range",
  "content-type",
]);
const OF_A_WHOLE: ReadonlySet<string> = new Set(["content-length", "content-range"]);

/**
 * Answers an exchange from an entry, as far as its conditions and its Range ask for it.
 * @param status this answer's Cache-Status
 * @param firstHand the application has made or confirmed it for this very request: then it has no
 *   Age (RFC 9111, section 5.1)
 */
export function answerFrom(
  exchange: Exchange,
  entry: Entry,
  status: string,
  firstHand: boolean,
): void {
  const { head, body } = entry;
  const { headers } = exchange.request;
  const told = ["Cache-Status", status];
  exchange.cacheStatus = status;
  if (!firstHand) told.push("Age", String(Math.floor(entry.age(performance.now()) / SECOND)));
  if (clientHasIt(head, headers)) {
    exchange.respond(304, [...withoutNames(head.fields, OF_A_CONTENT), ...told], undefined);
    return;
  }
  const content = body.whole;
  if (content === undefined) {
    exchange.head(head.status, [...head.fields, ...told], "");
    body.readBy(exchange);
    return;
  }
  if (
    head.status === 200 &&
    exchange.method === "GET" &&
    answerPart(exchange, entry, content, told)
  ) {
    return;
  }
  exchange.respond(head.status, [...wholeFields(entry, content), ...told], content);
}

/** An answer that came in pieces of unknown length has a length once it is stored. */
function wholeFields({ head }: Entry, content: Buffer): RawFields {
  if (head.get("content-length") !== undefined || head.status === 204) return head.fields;
  return [...head.fields, "Content-Length", String(content.length)];
}

/** 206 or 416 (RFC 9110, sections 15.3.7 and 15.5.17); false where the whole is to be sent. */
function answerPart(exchange: Exchange, { head }: Entry, content: Buffer, told: string[]): boolean {
  const { headers } = exchange.request;
  if (headers.range === undefined) return false;
  const validators = { etag: head.get("etag"), modified: head.date("last-modified") };
  const range = selectedRange(headers, validators, content.length);
  if (range === undefined) return false;
  if (range === "unsatisfiable") {
    const fields = withoutNames(head.fields, OF_A_CONTENT);
    const size = ["Content-Range", `bytes */${content.length}`, "Content-Length", "0"];
    exchange.respond(416, [...fields, ...size, ...told], undefined);
    return true;
  }
  const part = content.subarray(range.first, range.last + 1);
  const fields = [
    ...withoutNames(head.fields, OF_A_WHOLE),
    "Content-Range",
    `bytes ${range.first}-${range.last}/${content.length}`,
    "Content-Length",
    String(part.length),
  ];
  exchange.respond(206, [...fields, ...told], part);
  return true;
}
