import type { Refusal } from "./limits.ts";
import { type Rule, refusalBy } from "./request-rules.ts";

/** A rule of HTTP's syntax. Node's parser enforces it too: it fails with one of these codes. */
export interface ParserRule extends Rule {
  readonly codes: readonly string[];
  /** Where one code stands for several faults: what the parser's own reason must match. */
  readonly reason?: RegExp;
}

export const PARSER_RULES = {
  requestLine: {
    name: "a request line that does not end as it must",
    rfc: "RFC 9112, 2.2 and 3",
    status: 400,
    codes: ["HPE_INVALID_VERSION"],
    reason: /CRLF/,
  },
  version: {
    name: "an unknown HTTP version",
    rfc: "RFC 9110, 15.6.6",
    status: 505,
    codes: ["HPE_INVALID_VERSION", "HPE_PAUSED_H2_UPGRADE"],
  },
  method: {
    name: "an unknown method, or no HTTP at all",
    rfc: "RFC 9112, 3.1",
    status: 400,
    codes: ["HPE_INVALID_METHOD", "HPE_INVALID_CONSTANT"],
  },
  target: {
    name: "a target with a forbidden character, or in no known form",
    rfc: "RFC 9112, 3.2",
    status: 400,
    codes: ["HPE_INVALID_URL"],
  },
  field: {
    name: "a field with a forbidden character, a space before its colon, or folded lines",
    rfc: "RFC 9112, 5.1 and 5.2; RFC 9110, 5.5",
    status: 400,
    codes: ["HPE_INVALID_HEADER_TOKEN", "HPE_UNEXPECTED_SPACE"],
  },
  lineEnd: {
    name: "a bare CR or LF, or a chunk whose end is not where its size says",
    rfc: "RFC 9112, 2.2 and 7.1",
    status: 400,
    codes: ["HPE_CR_EXPECTED", "HPE_LF_EXPECTED", "HPE_STRICT"],
  },
  contentLength: {
    name: "a Content-Length that is repeated, no number, or beside Transfer-Encoding",
    rfc: "RFC 9112, 6.3",
    status: 400,
    codes: ["HPE_INVALID_CONTENT_LENGTH", "HPE_UNEXPECTED_CONTENT_LENGTH"],
  },
  transferEncoding: {
    name: "a Transfer-Encoding after which the end is unknown, or beside Content-Length",
    rfc: "RFC 9112, 6.3",
    status: 400,
    codes: ["HPE_INVALID_TRANSFER_ENCODING"],
  },
  chunkSize: {
    name: "a chunk size that is no hexadecimal number",
    rfc: "RFC 9112, 7.1",
    status: 400,
    codes: ["HPE_INVALID_CHUNK_SIZE"],
  },
  chunkExtensions: {
    name: "chunk extensions above Node's limit of 16 KiB",
    rfc: "RFC 9112, 7.1.1",
    status: 413,
    codes: ["HPE_CHUNK_EXTENSIONS_OVERFLOW"],
  },
  headSize: {
    name: "a head or trailers above what the limits add up to",
    rfc: "RFC 6585, 5",
    status: 431,
    codes: ["HPE_HEADER_OVERFLOW"],
  },
  headTime: {
    name: "a head that took too long",
    rfc: "RFC 9110, 15.5.9",
    status: 408,
    codes: ["ERR_HTTP_REQUEST_TIMEOUT"],
  },
  earlyEnd: {
    name: "a message that ends too early",
    rfc: "RFC 9112, 8",
    status: 400,
    codes: ["HPE_INVALID_EOF_STATE"],
  },
} as const satisfies Record<string, ParserRule>;

const ALL_RULES: readonly ParserRule[] = Object.values(PARSER_RULES);

const OTHER_CODES: Rule = { name: "a malformed request", rfc: "RFC 9112, 2.2", status: 400 };

/** @returns the refusal for an error of 'clientError'; undefined where the connection broke */
export function parserRefusal(error: NodeJS.ErrnoException): Refusal | undefined {
  const { code = "" } = error;
  const why = "reason" in error ? String(error.reason) : "";
  const rule = ALL_RULES.find(
    ({ codes, reason }) => codes.includes(code) && (reason === undefined || reason.test(why)),
  );
  if (rule === undefined && !code.startsWith("HPE_")) return undefined;
  return refusalBy(rule ?? OTHER_CODES);
}
