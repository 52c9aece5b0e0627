import {
  connectionOptions,
  forbiddenTrailer,
  isHopByHop,
  Remembered,
  withoutBlanks,
  withoutFields,
} from "@gatehouse/http";
import { UpstreamError } from "../exchange/edge-error.ts";

/** The head of one upstream response, read strictly. */
export interface ResponseHead {
  readonly status: number;
  /** A flat list of names and values, without the hop-by-hop fields. */
  readonly fields: string[];
  /** Server-Timing, which the edge adds its own to; "" where there is none. */
  readonly timing: string;
  readonly contentLength: number | undefined;
  readonly chunked: boolean;
  readonly persistent: boolean;
  /** Milliseconds that the replica says it keeps an idle connection. */
  readonly keepAlive: number | undefined;
  readonly upgrade: string | undefined;
}

const NO_OPTIONS: ReadonlySet<string> = new Set();

/** What to do with a field of a name; "ours" is dropped, because the edge writes it itself. */
const responseFields = new Remembered((name) => {
  const key = name.toLowerCase();
  switch (key) {
    case "connection":
    case "content-length":
    case "transfer-encoding":
    case "keep-alive":
    case "upgrade":
    case "server-timing":
      return key;
    case "x-request-id":
      return "ours";
    default:
      return isHopByHop(key, NO_OPTIONS) ? "hop by hop" : "end to end";
  }
});

/** RFC 9112, section 4. The reason may be empty, and its space missing. */
const STATUS_LINE = /^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** RFC 9110, section 5: no folded line, no bare CR or LF, no space before the colon. */
const FIELD_LINES = /^(?:[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const LENGTH = /^\d{1,15}$/;
const KEEP_ALIVE = /\btimeout=(\d{1,6})/i;

/**
 * @param text status line and fields in latin1, each with its CRLF; without the empty line
 * @throws UpstreamError for whatever could be read in two ways
 */
export function readHead(text: string): ResponseHead {
  const lineEnd = text.indexOf("\r\n");
  const line = text.slice(0, lineEnd);
  if (!STATUS_LINE.test(line)) throw badResponse("its status line");
  const block = text.slice(lineEnd + 2);
  if (!FIELD_LINES.test(block)) throw badResponse("a header field");
  const oldVersion = line.charCodeAt(7) === 0x30;
  const status = Number(line.slice(9, 12));
  const fields: string[] = [];
  let timing = "";
  let length: string | undefined;
  let coding: string | undefined;
  let connection: string | undefined;
  let keepAlive: number | undefined;
  let upgrade: string | undefined;
  for (let at = 0; at < block.length; ) {
    const colon = block.indexOf(":", at);
    const end = block.indexOf("\r\n", colon);
    const name = block.slice(at, colon);
    const value = withoutBlanks(block, colon + 1, end);
    at = end + 2;
    switch (responseFields.of(name)) {
      case "end to end":
        fields.push(name, value);
        break;
      case "content-length":
        // A list of equal lengths could be read as one (RFC 9110, section 8.6): no gateway sends it.
        if (length !== undefined || !LENGTH.test(value)) throw badResponse("its Content-Length");
        length = value;
        if (mayHaveLength(status)) fields.push(name, value);
        break;
      case "transfer-encoding":
        if (coding !== undefined || value.toLowerCase() !== "chunked" || oldVersion) {
          throw badResponse("its Transfer-Encoding");
        }
        coding = value;
        break;
      case "connection":
        connection = connection === undefined ? value : `${connection}, ${value}`;
        break;
      case "keep-alive": {
        const seconds = KEEP_ALIVE.exec(value)?.[1];
        if (seconds !== undefined) keepAlive = Number(seconds) * 1000;
        break;
      }
      case "upgrade":
        upgrade = value;
        break;
      case "server-timing":
        timing = timing === "" ? value : `${timing}, ${value}`;
        break;
    }
  }
  if (length !== undefined && coding !== undefined) {
    throw badResponse("both Content-Length and Transfer-Encoding");
  }
  const options = connectionOptions(connection?.toLowerCase());
  return {
    status,
    fields: options.size > 0 ? withoutFields(fields, withoutLength(options)) : fields,
    timing,
    contentLength: length === undefined ? undefined : Number(length),
    chunked: coding !== undefined,
    persistent: staysOpen(oldVersion, connection, options),
    keepAlive,
    upgrade,
  };
}

/** @throws UpstreamError for a malformed line, or one that would change the head afterwards */
export function readTrailers(block: string): string[] {
  if (!FIELD_LINES.test(block)) throw badResponse("a trailer");
  const fields: string[] = [];
  for (let at = 0; at < block.length; ) {
    const colon = block.indexOf(":", at);
    const end = block.indexOf("\r\n", colon);
    fields.push(block.slice(at, colon), withoutBlanks(block, colon + 1, end));
    at = end + 2;
  }
  if (forbiddenTrailer(fields)) throw badResponse("a trailer that only a head may hold");
  return fields;
}

/** RFC 9110, section 8.6: clients over HTTP/2 refuse a response that has it all the same. */
function mayHaveLength(status: number): boolean {
  return status >= 200 && status !== 204;
}

/** RFC 9112, section 9.3. */
function staysOpen(
  oldVersion: boolean,
  connection: string | undefined,
  options: ReadonlySet<string>,
): boolean {
  const says = (word: string) => connection?.toLowerCase() === word || options.has(word);
  return oldVersion ? says("keep-alive") && !says("close") : !says("close");
}

/** The framing is the edge's, whatever Connection lists. */
function withoutLength(options: ReadonlySet<string>): ReadonlySet<string> {
  return options.difference(new Set(["content-length"]));
}

/** What a replica sent is no HTTP response, or not one with a single reading. */
export function badResponse(what: string): UpstreamError {
  return new UpstreamError("BAD_RESPONSE", `the replica's response is malformed: ${what}`);
}
