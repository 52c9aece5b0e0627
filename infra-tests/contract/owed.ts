import type { SubjectName } from "./subject.ts";

/** Rows that a subject cannot keep, and why. */
export interface Debt {
  readonly subject: SubjectName;
  readonly reason: string;
  /**
   * "safe": it refuses all the same, with another status. "open": it does something else.
   * "sometimes": it depends on a race, so that a run may show it or not.
   */
  readonly kind: "safe" | "open" | "sometimes";
  /** Names of rows; a case of the corpus stands for its forms in pieces too. */
  readonly rows: readonly string[];
}

const nginx = (kind: Debt["kind"], reason: string, ...rows: string[]): Debt => ({
  subject: "nginx",
  reason,
  kind,
  rows,
});
const of = (group: string, ...names: string[]) => names.map((name) => `refusals/${group}: ${name}`);

/**
 * What each subject owes. A row that stands here must fail, and one that does not must pass, so that
 * the table stays true; only a race may end either way.
 */
export const OWED: readonly Debt[] = [
  nginx(
    "safe",
    "its parser refuses this with a status of its own",
    ...of("request lines", "HTTP/0.9 in a request line", "no version, as in HTTP/0.9"),
    ...of("request lines", "a version without a minor number", "RTSP", "HTTP/2 without TLS"),
    ...of("targets", "CONNECT to a path"),
    ...of("transfer codings", "an empty coding beside a length", "identity beside a length"),
    ...of("transfer codings", "gzip beside a length", "chunked, chunked", "no coding at all"),
    ...of("transfer codings", "chunked is not the last coding", "chunked, identity"),
    ...of("transfer codings", "chunked and a comma", "a vertical tab before the coding"),
  ),
  nginx(
    "open",
    "it refuses, but a status of 417 or 505 does not end the connection, which goes on behind the request",
    ...of("request lines", "HTTP/1.2", "a space after the version"),
    ...of("content lengths", "an expectation that nobody knows", "100-continue in a list"),
  ),
  nginx(
    "open",
    "a bare LF ends a line for it, as RFC 9112 2.2 allows",
    ...of("request lines", "a bare LF after the version"),
    ...of("fields", "a bare LF after a value", "a bare LF at the end of the head"),
    ...of("transfer codings", "a bare LF before the coding"),
  ),
  nginx(
    "open",
    "it drops a field whose name is malformed, or has an underscore, and serves the rest",
    ...of(
      "fields",
      "a field without a colon",
      "a bracket in a name",
      "a byte above ASCII in a name",
    ),
    ...of("fields", "X_Forwarded_For", "x-forwarded_proto", "X_Real_IP", "X_Request_ID"),
    ...of("fields", "Content_Length", "Transfer_Encoding"),
  ),
  nginx(
    "open",
    "its configuration cannot look at every value: the application's server has to refuse this",
    ...of("fields", "a control character in a value", "DEL in a value"),
  ),
  nginx(
    "open",
    "it does not parse the address within brackets",
    ...of("hosts", "an IPv6 Host that is none"),
  ),
  nginx(
    "open",
    "it forgives these chunk extensions, and bounds them by the body alone; the body goes on framed anew",
    ...of("chunks", "an extension without a name", "a space after the size", "endless extensions"),
  ),
  nginx(
    "open",
    "it throws a request's trailers away, unread",
    ...of("chunks", "Host in the trailers", "Content-Length in the trailers"),
    ...of("chunks", "Transfer-Encoding in the trailers", "Connection in the trailers"),
    ...of("chunks", "Upgrade in the trailers", "X-Forwarded-For in the trailers"),
    ...of("chunks", "Cookie in the trailers", "a folded trailer", "endless trailers"),
    ...of("chunks", "a space before a trailer's colon"),
    "bodies/request trailers",
  ),
  nginx(
    "open",
    "an offer to upgrade does not end the connection for it, as RFC 9110 7.8 allows",
    ...of("sequences", "a request behind an upgrade that nobody takes"),
  ),
  nginx(
    "open",
    "it does not know OPTIONS *, and asks the application for / instead",
    ...of("what the RFCs allow", "OPTIONS *", "OPTIONS of an absolute target without a path"),
  ),
  nginx(
    "open",
    "a tab around a value is no blank for it",
    ...of("what the RFCs allow", "blanks around a value", "a length with zeros and blanks"),
    ...of("what the RFCs allow", "chunked in capitals"),
  ),
  nginx(
    "open",
    "it cannot remove fields that Connection names, only those known beforehand",
    "forwarding/hops",
    "forwarding/response's hops",
  ),
  nginx(
    "open",
    "where it has a cache it asks with GET for HEAD, to keep the response, and waits for an response that nobody waits for",
    "forwarding/HEAD",
    "streams/left unanswered",
  ),
  nginx("open", "it refuses TRACE itself, with 405", "forwarding/TRACE"),
  nginx("open", "its ids are 128 random bits", "forwarded headers/UUIDv7"),
  nginx("open", "it answers a range that ends before it begins with 416", "ranges/backwards"),
  nginx(
    "open",
    "br and zstd need modules that the official image has not; it serves the gzip form",
    "compression/br",
    "compression/zstd",
    "compression/a browser",
    "compression/any",
  ),
  nginx("safe", "it closes on a head that is late, without a word", "limits/slow head's response"),
  nginx(
    "open",
    "after a 412 for a file it closes a connection that it has called kept",
    "keep-alive/after 412",
  ),
  nginx("open", "it tells no Age", "caching/Age"),
  nginx(
    "open",
    "stale-if-error holds for broken connections with it, not for an response of 500",
    "caching/if in error",
  ),
  nginx(
    "sometimes",
    "at a reload its old worker closes connections that are idle, or have not sent anything yet",
    "operation/reload, fresh",
    "operation/reload, kept",
  ),
  nginx(
    "sometimes",
    "a request that waits for a vanished replica while its name is looked up anew is tried nowhere else",
    "upstream/killed",
  ),
  nginx("open", "it has no pause", "operation/pause"),
  nginx("open", "a page into which it writes the request id comes in chunks", "errors/length"),
];

/** What a subject owes of a row; undefined if nothing. */
export function debtOf(subject: SubjectName, row: string): Debt | undefined {
  const name = row.replace(/, in pieces$/, "");
  return OWED.find((debt) => debt.subject === subject && debt.rows.includes(name));
}
