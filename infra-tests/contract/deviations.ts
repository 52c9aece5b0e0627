import { OtherStatus } from "./row.ts";
import type { SubjectName } from "./subject.ts";

/** Rows that a subject is known to fail, and why. */
export interface Deviation {
  readonly subject: SubjectName;
  readonly reason: string;
  /** Whether the subject may also pass: the row depends on a race. */
  readonly mayPass: boolean;
  /** Whether a failure is the known one. Any other failure is a fault. */
  readonly isKnown: (failure: Error) => boolean;
  /** Names of rows. A case of the corpus also stands for its form in pieces. */
  readonly rows: readonly string[];
}

/** nginx rejects the request too, but with another status. */
const status = (reason: string, ...rows: string[]): Deviation => ({
  ...{ subject: "nginx", reason, rows, mayPass: false },
  isKnown: (failure) => failure instanceof OtherStatus,
});

/** nginx does something else, and the row fails with this message. */
const behaviour = (message: RegExp, reason: string, ...rows: string[]): Deviation => ({
  ...{ subject: "nginx", reason, rows, mayPass: false },
  isKnown: (failure) => message.test(failure.message),
});

/** nginx loses a race in some runs, and then the row fails with this message. */
const race = (message: RegExp, reason: string, ...rows: string[]): Deviation => ({
  ...behaviour(message, reason, ...rows),
  mayPass: true,
});

const of = (group: string, ...names: string[]) => names.map((name) => `refusals/${group}: ${name}`);

/** The verdicts of the corpus: what came back and what the application received, each as a list. */
const SERVED =
  /^\[\[200,200\],\[("GET \/ ","GET \/marker "|"GET \/marker ","POST \/ (hello)?")\]\] instead of \[\[4\d\d\],\[\]\]$/;
const GOES_ON =
  /^\[\[(400|417|505),200\],\["GET \/marker "\]\] instead of \[\[(400|417|505)\],\[\]\]$/;

/** Every known deviation from the contract. All are nginx's: our own tiers have none. */
export const DEVIATIONS: readonly Deviation[] = [
  status(
    "its parser rejects this with another status",
    ...of("request lines", "HTTP/0.9 in a request line", "no version, as in HTTP/0.9"),
    ...of("request lines", "a version without a minor number", "RTSP", "HTTP/2 without TLS"),
    ...of("targets", "CONNECT to a path"),
    ...of("transfer codings", "an empty coding beside a length", "identity beside a length"),
    ...of("transfer codings", "gzip beside a length", "chunked, chunked", "no coding at all"),
    ...of("transfer codings", "chunked is not the last coding", "chunked, identity"),
    ...of("transfer codings", "chunked and a comma", "a vertical tab before the coding"),
  ),
  behaviour(
    GOES_ON,
    "it rejects the request with 417 or 505, but does not close the connection",
    ...of("request lines", "HTTP/1.2", "a space after the version"),
    ...of("content lengths", "an expectation that nobody knows", "100-continue in a list"),
  ),
  behaviour(
    SERVED,
    "a bare LF ends a line, as RFC 9112 2.2 allows",
    ...of("request lines", "a bare LF after the version"),
    ...of("fields", "a bare LF after a value", "a bare LF at the end of the head"),
    ...of("transfer codings", "a bare LF before the coding"),
  ),
  behaviour(
    SERVED,
    "it drops a field with a malformed name or an underscore, and serves the request",
    ...of(
      "fields",
      "a field without a colon",
      "a bracket in a name",
      "a byte above ASCII in a name",
    ),
    ...of("fields", "X_Forwarded_For", "x-forwarded_proto", "X_Real_IP", "X_Request_ID"),
    ...of("fields", "Content_Length", "Transfer_Encoding"),
  ),
  behaviour(
    SERVED,
    "it forwards both, or the one that it takes for the request's",
    ...of("fields", "two Content-Type fields"),
  ),
  behaviour(
    GOES_ON,
    "its configuration cannot check every value: the application's server must reject this",
    ...of("fields", "a control character in a value", "DEL in a value"),
  ),
  behaviour(
    SERVED,
    "it does not parse the address in brackets",
    ...of("hosts", "an IPv6 Host that is none"),
  ),
  behaviour(
    SERVED,
    "it ignores these chunk extensions and limits them only by the body; it forwards the body framed again",
    ...of("chunks", "an extension without a name", "a space after the size", "endless extensions"),
  ),
  behaviour(
    SERVED,
    "it drops the trailers of a request without reading them",
    ...of("chunks", "Host in the trailers", "Content-Length in the trailers"),
    ...of("chunks", "Transfer-Encoding in the trailers", "Connection in the trailers"),
    ...of("chunks", "Upgrade in the trailers", "X-Forwarded-For in the trailers"),
    ...of("chunks", "X_Forwarded_For in the trailers", "content_length in the trailers"),
    ...of("chunks", "200 trailers", "a trailer above the limit"),
    ...of("chunks", "Cookie in the trailers", "a folded trailer", "endless trailers"),
    ...of("chunks", "a space before a trailer's colon"),
  ),
  behaviour(
    /\+ \[\]\n- \[\n- {3}'X-Sum'/,
    "it does not forward the trailers of a request",
    "bodies/request trailers",
  ),
  behaviour(
    /^\[\[200,200\],\["GET \/marker ","GET \/x "\]\] instead of \[\[200\],\["GET \/x "\]\]$/,
    "an offer to upgrade does not end the connection, as RFC 9110 7.8 allows",
    ...of("sequences", "a request behind an upgrade that nobody takes"),
  ),
  behaviour(
    /^\[\[400\],\[\]\] instead of \[\[204,200\],\["GET \/marker "\]\]$/,
    "it does not know OPTIONS * and rejects it with 400",
    ...of("what the RFCs allow", "OPTIONS *"),
  ),
  behaviour(
    /^\[\[200,200\],\["GET \/marker ","OPTIONS \/ "\]\] instead of \[\[204,200\],\["GET \/marker "\]\]$/,
    "it forwards an absolute target without a path as /, also for OPTIONS",
    ...of("what the RFCs allow", "OPTIONS of an absolute target without a path"),
  ),
  behaviour(
    /^\[\[(400|501)\],\[\]\] instead of \[\[200,200\],/,
    "it does not accept a tab around a value",
    ...of("what the RFCs allow", "blanks around a value", "a length with zeros and blanks"),
    ...of("what the RFCs allow", "chunked in capitals"),
  ),
  behaviour(
    /'x-hop',\n\+ +'secret'|^x-hop\b/,
    "it cannot remove the fields that Connection names, only a fixed list",
    "forwarding/hops",
    "forwarding/response's hops",
  ),
  behaviour(
    /'GET' !== 'HEAD'/,
    "with a cache it sends GET upstream for HEAD, to cache the response",
    "forwarding/HEAD",
  ),
  // The time limit of the row stretches on a slow machine; then nginx's own timeout may end the wait first.
  race(
    /^not within 1500 ms: the witness sees the disconnect/,
    "with a cache it waits for the response after the client has disconnected, to cache it",
    "streams/disconnect before the response",
  ),
  behaviour(/405 !== 200/, "it rejects TRACE with 405", "forwarding/TRACE"),
  behaviour(/'[0-9a-f]{32}'/, "its ids are 128 random bits", "forwarded headers/UUIDv7"),
  behaviour(
    /\+ {3}416,/,
    "it responds with 416 to a range that ends before it starts",
    "ranges/backwards",
  ),
  behaviour(
    /'(identity|gzip)' !== '(br|zstd)'/,
    "br and zstd need modules that the official image does not have; it sends the gzip variant",
    "compression/br",
    "compression/zstd",
    "compression/a browser",
    "compression/any",
  ),
  status(
    "it closes the connection of a slow head without a response",
    "limits/slow head's response",
  ),
  behaviour(
    /^the connection ended after: $/,
    "after a 412 for a file it closes a connection that it has announced as kept",
    "keep-alive/after 412",
  ),
  behaviour(
    /the request has no If-None-Match/,
    "with a cache it removes the conditions of clients from the request upstream",
    "caching/conditional, not cached",
  ),
  behaviour(
    /the response was not cached/,
    "it does not know CDN-Cache-Control",
    "caching/CDN-Cache-Control",
  ),
  behaviour(/\(status 200\) has no header age$/, "it sends no Age", "caching/Age"),
  behaviour(
    /\+ {3}500,\n\+ {3}'failed'/,
    "stale-if-error covers broken connections, but not a response with status 500",
    "caching/if in error",
  ),
  race(
    /^\{("(ECONNRESET|EPIPE|socket hang up|ABORT_ERR)":\d+,?)+\}/,
    "at a reload its old worker closes, or leaves without a response, connections that are idle or new",
    "operation/reload, fresh",
    "operation/reload, kept",
  ),
  race(
    /\+ \[\n(\+ {3}50[24],?\n)+\+ \]/,
    "a request that waits for a vanished replica while the name is resolved is not retried",
    "upstream/killed",
  ),
  race(
    /^status 504$/,
    "an attempt to connect to a vanished replica may time out: then it is 504",
    "upstream/none",
  ),
  behaviour(/exec: "node": executable file not found/, "it has no pause", "operation/pause"),
  behaviour(
    /\(status 404\) has no header content-length$/,
    "an error page with the request id is sent in chunks",
    "errors/length",
  ),
];

/** The deviation of a subject from a row; undefined if it has none. */
export function deviationOf(subject: SubjectName, row: string): Deviation | undefined {
  const name = row.replace(/, in pieces$/, "");
  return DEVIATIONS.find((each) => each.subject === subject && each.rows.includes(name));
}
