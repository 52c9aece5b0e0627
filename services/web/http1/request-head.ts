import {
  connectionOptions,
  type HeadLimits,
  KNOWN_METHODS,
  PARSER_RULES,
  type RawFields,
  type Refusal,
  Remembered,
  RequestHead,
  type Rule,
  refusalBy,
  refuseHead,
  TARGET_CHARACTERS,
  withoutBlanks,
} from "@gatehouse/http";

/** What can be read in two ways, or in none. The connection cannot be read any further. */
export class MalformedRequest extends Error {
  override readonly name = "MalformedRequest";
  readonly refusal: Refusal;

  constructor(rule: Rule) {
    super(rule.name);
    this.refusal = refusalBy(rule);
  }
}

/** The head of a request, read once for all who need a part of it. */
export interface Http1Head {
  readonly method: string;
  readonly target: string;
  readonly version: "1.0" | "1.1";
  readonly rawHeaders: RawFields;
  /** The value of Host; "" where HTTP/1.0 has none. */
  readonly host: string;
  /** Why it gets no other response, if it breaks one of the rules of `packages/http`. */
  readonly refusal: Refusal | undefined;
  /** Bytes of the body, 0 where there is none, undefined where it is chunked. */
  readonly bodyLength: number | undefined;
  /** Whether the connection may carry a further request (RFC 9112, section 9.3). */
  readonly keepAlive: boolean;
  /** A WebSocket handshake: GET over HTTP/1.1 without a body (RFC 6455, section 4.1). */
  readonly webSocket: boolean;
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** HTTP/0.9 has no version. */
const LINE = /^(\S+) (\S+)(?: (\S+))?$/;
const VERSION = /^[A-Z]+\/[\d.]+$|^$/;
const LENGTH = /^\d{1,15}$/;
const BARE_END = /\r(?!\n|$)|(?<!\r)\n/;
/** None of these is a control character, but for the line ends and the tab. */
const FORBIDDEN = /[^\t\r\n\x20-\x7e\x80-\xff]/;

/** The lower-case form of a field name; "" for what is no name. */
const fieldNames = new Remembered((name) => (TOKEN.test(name) ? name.toLowerCase() : ""));

/** One for all requests: each head is read and judged at once. */
const judged = new RequestHead();

/**
 * @param text the request line and the fields, each with its CRLF, one character a byte
 * @throws MalformedRequest
 */
export function readHead(text: string, limits: HeadLimits): Http1Head {
  checkCharacters(text);
  const lineEnd = text.indexOf("\r\n");
  const { method, target, version } = readRequestLine(text.slice(0, lineEnd));
  judged.begin(method, target, version);
  const rawHeaders: string[] = [];
  let connection: string | undefined;
  let upgrade: string | undefined;
  for (let at = lineEnd + 2; at < text.length; ) {
    const end = text.indexOf("\r\n", at);
    const colon = text.indexOf(":", at);
    const name = colon < end ? text.slice(at, Math.max(at, colon)) : "";
    const key = fieldNames.of(name);
    if (key === "") throw new MalformedRequest(PARSER_RULES.field);
    const value = withoutBlanks(text, colon + 1, end);
    // Node refuses a coding with a tab behind it: both must see the same framing.
    if (
      key === "transfer-encoding" &&
      text
        .slice(colon + 1, end)
        .trimStart()
        .includes("\t")
    ) {
      throw new MalformedRequest(PARSER_RULES.transferEncoding);
    }
    rawHeaders.push(name, value);
    judged.take(name, value);
    if (key === "connection") connection = connection ? `${connection}, ${value}` : value;
    else if (key === "upgrade") upgrade = upgrade ? `${upgrade}, ${value}` : value;
    at = end + 2;
  }
  const bodyLength = bodyLengthOf(judged);
  const refusal = refuseHead(judged, limits);
  // What is refused may list names without end.
  const options = connectionOptions(refusal ? undefined : connection?.toLowerCase());
  const says = (word: string) => options.has(word) || connection?.toLowerCase() === word;
  const current = version === "1.1";
  return {
    method,
    target,
    version: current ? "1.1" : "1.0",
    rawHeaders,
    host: judged.host ?? "",
    refusal,
    bodyLength,
    // A client that asks for another protocol may go on in it.
    keepAlive: upgrade === undefined && (current ? !says("close") : says("keep-alive")),
    webSocket:
      upgrade?.toLowerCase() === "websocket" &&
      says("upgrade") &&
      method === "GET" &&
      current &&
      judged.contentLengths === 0 &&
      bodyLength === 0,
  };
}

/** @throws MalformedRequest for a malformed line */
export function readTrailers(text: string): string[] {
  checkCharacters(text);
  const fields: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\r\n", at);
    const colon = text.indexOf(":", at);
    const name = colon < end ? text.slice(at, Math.max(at, colon)) : "";
    if (fieldNames.of(name) === "") throw new MalformedRequest(PARSER_RULES.field);
    fields.push(name, withoutBlanks(text, colon + 1, end));
    at = end + 2;
  }
  return fields;
}

/** @throws MalformedRequest for a bare CR or LF, or a control character */
export function checkCharacters(text: string): void {
  if (BARE_END.test(text)) throw new MalformedRequest(PARSER_RULES.lineEnd);
  if (FORBIDDEN.test(text)) throw new MalformedRequest(PARSER_RULES.field);
}

/** @param line without its end. @throws MalformedRequest */
export function readRequestLine(line: string): {
  method: string;
  target: string;
  version: string;
} {
  const [, method = "", target = "", version = ""] = LINE.exec(line) ?? [];
  if (method === "") throw new MalformedRequest(PARSER_RULES.requestLine);
  if (version !== "HTTP/1.1" && version !== "HTTP/1.0") {
    throw new MalformedRequest(
      VERSION.test(version) ? PARSER_RULES.version : PARSER_RULES.requestLine,
    );
  }
  if (!KNOWN_METHODS.has(method)) throw new MalformedRequest(PARSER_RULES.method);
  if (!TARGET_CHARACTERS.test(target)) throw new MalformedRequest(PARSER_RULES.target);
  return { method, target, version: version.slice("HTTP/".length) };
}

/**
 * RFC 9112, section 6.3. Of two fields, and of both at once, one of the rules refuses the request.
 * @throws MalformedRequest
 */
function bodyLengthOf({ contentLength, transferCoding }: RequestHead): number | undefined {
  if (contentLength !== undefined && !LENGTH.test(contentLength)) {
    throw new MalformedRequest(PARSER_RULES.contentLength);
  }
  if (transferCoding === undefined) return Number(contentLength ?? 0);
  const codings = transferCoding
    .toLowerCase()
    .split(",")
    .map((coding) => withoutBlanks(coding));
  const endsUnknown = codings.slice(0, -1).includes("chunked") || transferCoding === "";
  if (endsUnknown) throw new MalformedRequest(PARSER_RULES.transferEncoding);
  return undefined;
}
