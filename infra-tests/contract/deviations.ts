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

/** Every known deviation from the contract. All are nginx's: our own tiers have none. */
export const DEVIATIONS: readonly Deviation[] = [
  status(
    "its parser refuses this with a status of its own",
    ...of("request lines", "HTTP/0.9 in a request line", "no version, as in HTTP/0.9"),
    ...of("request lines", "a version without a minor number", "RTSP", "HTTP/2 without TLS"),
    ...of("targets", "CONNECT to a path"),
    ...of("transfer codings", "an empty coding beside a length", "identity beside a length"),
    ...of("transfer codings", "gzip beside a length", "chunked, chunked", "no coding at all"),
    ...of("transfer codings", "chunked is not the last coding", "chunked, identity"),
    ...of("transfer codings", "chunked and a comma", "a vertical tab before the coding"),
  ),
  behaviour(
    /$^/,
    "it refuses, but a status of 417 or 505 does not end the connection, which goes on behind the request",
    ...of("request lines", "HTTP/1.2", "a space after the version"),
    ...of("content lengths", "an expectation that nobody knows", "100-continue in a list"),
  ),
  behaviour(
    /$^/,
    "a bare LF ends a line for it, as RFC 9112 2.2 allows",
    ...of("request lines", "a bare LF after the version"),
    ...of("fields", "a bare LF after a value", "a bare LF at the end of the head"),
    ...of("transfer codings", "a bare LF before the coding"),
  ),
  behaviour(
    /$^/,
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
  behaviour(
    /$^/,
    "its configuration cannot look at every value: the application's server has to refuse this",
    ...of("fields", "a control character in a value", "DEL in a value"),
  ),
  behaviour(
    /$^/,
    "it does not parse the address within brackets",
    ...of("hosts", "an IPv6 Host that is none"),
  ),
  behaviour(
    /$^/,
    "it forgives these chunk extensions, and bounds them by the body alone; the body goes on framed anew",
    ...of("chunks", "an extension without a name", "a space after the size", "endless extensions"),
  ),
  behaviour(
    /$^/,
    "it throws a request's trailers away, unread",
    ...of("chunks", "Host in the trailers", "Content-Length in the trailers"),
    ...of("chunks", "Transfer-Encoding in the trailers", "Connection in the trailers"),
    ...of("chunks", "Upgrade in the trailers", "X-Forwarded-For in the trailers"),
    ...of("chunks", "Cookie in the trailers", "a folded trailer", "endless trailers"),
    ...of("chunks", "a space before a trailer's colon"),
    "bodies/request trailers",
  ),
  behaviour(
    /$^/,
    "an offer to upgrade does not end the connection for it, as RFC 9110 7.8 allows",
    ...of("sequences", "a request behind an upgrade that nobody takes"),
  ),
  behaviour(
    /$^/,
    "it does not know OPTIONS *, and asks the application for / instead",
    ...of("what the RFCs allow", "OPTIONS *", "OPTIONS of an absolute target without a path"),
  ),
  behaviour(
    /$^/,
    "a tab around a value is no blank for it",
    ...of("what the RFCs allow", "blanks around a value", "a length with zeros and blanks"),
    ...of("what the RFCs allow", "chunked in capitals"),
  ),
  behaviour(
    /$^/,
    "it cannot remove fields that Connection names, only those known beforehand",
    "forwarding/hops",
    "forwarding/response's hops",
  ),
  behaviour(
    /$^/,
    "where it has a cache it asks with GET for HEAD, to keep the response, and waits for a response that nobody waits for",
    "forwarding/HEAD",
    "streams/left unanswered",
  ),
  behaviour(/$^/, "it refuses TRACE itself, with 405", "forwarding/TRACE"),
  behaviour(/$^/, "its ids are 128 random bits", "forwarded headers/UUIDv7"),
  behaviour(/$^/, "it answers a range that ends before it begins with 416", "ranges/backwards"),
  behaviour(
    /$^/,
    "br and zstd need modules that the official image has not; it serves the gzip form",
    "compression/br",
    "compression/zstd",
    "compression/a browser",
    "compression/any",
  ),
  status("it closes on a head that is late, without a word", "limits/slow head's response"),
  behaviour(
    /$^/,
    "after a 412 for a file it closes a connection that it has called kept",
    "keep-alive/after 412",
  ),
  behaviour(/$^/, "it tells no Age", "caching/Age"),
  behaviour(
    /$^/,
    "stale-if-error holds for broken connections with it, not for a response of 500",
    "caching/if in error",
  ),
  race(
    /$^/,
    "at a reload its old worker closes connections that are idle, or have not sent anything yet",
    "operation/reload, fresh",
    "operation/reload, kept",
  ),
  race(
    /$^/,
    "a request that waits for a vanished replica while its name is looked up anew is tried nowhere else",
    "upstream/killed",
  ),
  behaviour(/$^/, "it has no pause", "operation/pause"),
  behaviour(/$^/, "a page into which it writes the request id comes in chunks", "errors/length"),
];

/** The deviation of a subject from a row; undefined if it has none. */
export function deviationOf(subject: SubjectName, row: string): Deviation | undefined {
  const name = row.replace(/, in pieces$/, "");
  return DEVIATIONS.find((each) => each.subject === subject && each.rows.includes(name));
}
