import { METHODS } from "node:http";
import { isAuthority, sameAuthority } from "./authority.ts";
import type { HeadLimits, Refusal } from "./limits.ts";
import { type ParsedRequest, RequestHead } from "./request-head.ts";

/** What is refused, which section of an RFC says so, and with which status. */
export interface Rule {
  readonly name: string;
  readonly rfc: string;
  readonly status: number;
}

export interface RequestRule extends Rule {
  /** Ordinary heads (see `RequestHead`) can break it too. */
  readonly ordinary?: true;
  readonly broken: (head: RequestHead, limits: HeadLimits) => boolean;
}

/** Node reports RTSP/1.0 as HTTP/1.0: only these methods show it. They are not in http.METHODS. */
const RTSP_METHODS = new Set(
  "ANNOUNCE DESCRIBE FLUSH GET_PARAMETER PAUSE PLAY RECORD REDIRECT SETUP SET_PARAMETER TEARDOWN".split(
    " ",
  ),
);

/** Those of Node's parser, which stands at the gateway: HTTP/1.1 has no others. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS);
/** RFC 3986 has no others in a URI. */
export const TARGET_CHARACTERS = /^[\x21-\x7e]*$/;

/** Every name that Connection lists is looked for in the whole head. Honest clients list few. */
const LONGEST_CONNECTION = 256;

/** The bytes of a request line around its method and target: two spaces and the version. */
const LINE_REST = " ".length + " HTTP/1.1".length;

/** The first broken rule decides, so that the more specific ones come first. */
export const REQUEST_RULES: readonly RequestRule[] = [
  {
    name: "an HTTP version other than 1.0 and 1.1",
    rfc: "RFC 9110, 15.6.6",
    status: 505,
    broken: ({ http2, version }) => !http2 && version !== "1.1" && version !== "1.0",
  },
  {
    name: "a method of RTSP, which Node's parser speaks as well",
    rfc: "RFC 9110, 15.6.6",
    status: 505,
    ordinary: true,
    broken: ({ method }) => RTSP_METHODS.has(method),
  },
  {
    name: "an unknown method in HTTP/2",
    rfc: "RFC 9110, 9.1",
    status: 400,
    broken: ({ http2, method }) => http2 && !KNOWN_METHODS.has(method),
  },
  {
    name: "CONNECT: nothing here is a tunnel",
    rfc: "RFC 9110, 9.3.6",
    status: 405,
    ordinary: true,
    broken: ({ method }) => method === "CONNECT",
  },
  {
    name: "a request line above the limit",
    rfc: "RFC 9110, 15.5.15",
    status: 414,
    ordinary: true,
    broken: ({ method, target }, { limitRequestLine }) =>
      method.length + target.length + LINE_REST > limitRequestLine,
  },
  {
    name: "more header fields than the limit",
    rfc: "RFC 6585, 5",
    status: 431,
    ordinary: true,
    broken: ({ fields }, { limitRequestFields }) => fields > limitRequestFields,
  },
  {
    name: "a header field above the limit",
    rfc: "RFC 6585, 5",
    status: 431,
    ordinary: true,
    broken: ({ longestField }, { limitRequestField }) => longestField > limitRequestField,
  },
  {
    name: "Connection fields above 256 bytes",
    rfc: "RFC 6585, 5",
    status: 431,
    ordinary: true,
    broken: ({ connectionBytes }) => connectionBytes > LONGEST_CONNECTION,
  },
  {
    name: "the target * with a method other than OPTIONS",
    rfc: "RFC 9112, 3.2.4",
    status: 400,
    broken: ({ form, method }) => form === "asterisk" && method !== "OPTIONS",
  },
  {
    name: "a fragment in the target",
    rfc: "RFC 9112, 3.2",
    status: 400,
    ordinary: true,
    broken: ({ target }) => target.includes("#"),
  },
  {
    name: "a target with a forbidden character in HTTP/2",
    rfc: "RFC 9113, 8.3.1",
    status: 400,
    broken: ({ http2, target }) => http2 && !TARGET_CHARACTERS.test(target),
  },
  {
    name: "a target that is neither a path nor an http or https URI",
    rfc: "RFC 9112, 3.2",
    status: 400,
    broken: ({ form }) => form === "none",
  },
  {
    name: "a target in absolute form without a plain authority",
    rfc: "RFC 9110, 4.2.1 and 4.2.4",
    status: 400,
    broken: ({ absolute }) => absolute !== undefined && !isAuthority(absolute.authority),
  },
  {
    name: "no Host",
    rfc: "RFC 9112, 3.2",
    status: 400,
    broken: ({ hosts, authority, version }) =>
      hosts === 0 && authority === undefined && version !== "1.0",
  },
  {
    name: "two Host fields",
    rfc: "RFC 9112, 3.2",
    status: 400,
    broken: ({ hosts }) => hosts > 1,
  },
  {
    name: "an empty Host",
    rfc: "RFC 9110, 4.2.1",
    status: 400,
    ordinary: true,
    broken: ({ host, authority }) => host === "" || authority === "",
  },
  {
    name: "a Host that is a list, or holds user-info, a path or a forbidden character",
    rfc: "RFC 9110, 7.2",
    status: 400,
    ordinary: true,
    broken: ({ host, authority }) =>
      (host !== undefined && !isAuthority(host)) ||
      (authority !== undefined && !isAuthority(authority)),
  },
  {
    name: "a target in absolute form whose authority is not the one of Host",
    rfc: "RFC 9112, 3.2.2",
    status: 400,
    broken: ({ absolute, host = "" }) =>
      absolute !== undefined && !sameAuthority(absolute.authority, host, absolute.scheme),
  },
  {
    name: "a Host that differs from :authority",
    rfc: "RFC 9113, 8.3.1",
    status: 400,
    broken: ({ authority, host }) =>
      authority !== undefined && host !== undefined && !sameAuthority(authority, host, "https"),
  },
  {
    name: "Transfer-Encoding beside Content-Length",
    rfc: "RFC 9112, 6.3",
    status: 400,
    broken: ({ transferCodings, contentLengths }) => transferCodings > 0 && contentLengths > 0,
  },
  {
    name: "more than one Content-Length",
    rfc: "RFC 9110, 8.6",
    status: 400,
    broken: ({ contentLengths }) => contentLengths > 1,
  },
  {
    name: "Transfer-Encoding in HTTP/1.0",
    rfc: "RFC 9112, 6.1",
    status: 400,
    broken: ({ transferCodings, version }) => transferCodings > 0 && version === "1.0",
  },
  {
    name: "more than one Transfer-Encoding",
    rfc: "RFC 9112, 6.1",
    status: 400,
    broken: ({ transferCodings }) => transferCodings > 1,
  },
  {
    name: "a transfer coding other than chunked",
    rfc: "RFC 9112, 6.1",
    status: 501,
    broken: ({ transferCoding }) =>
      transferCoding !== undefined && transferCoding.toLowerCase() !== "chunked",
  },
  {
    name: "a body above the limit, by its Content-Length",
    rfc: "RFC 9110, 15.5.14",
    status: 413,
    broken: ({ contentLength }, { limitRequestBody }) =>
      limitRequestBody > 0 && Number(contentLength ?? 0) > limitRequestBody,
  },
  {
    name: "more than one Content-Type: readers differ in which one counts",
    rfc: "RFC 9110, 8.3",
    status: 400,
    broken: ({ contentTypes }) => contentTypes > 1,
  },
  {
    name: "an expectation other than 100-continue",
    rfc: "RFC 9110, 10.1.1",
    status: 417,
    broken: ({ expectation, version }) =>
      expectation !== undefined &&
      version !== "1.0" &&
      expectation.toLowerCase() !== "100-continue",
  },
  {
    name: "a field name with an underscore that reads like a trusted one",
    rfc: "RFC 3875, 4.1.18",
    status: 400,
    broken: ({ shadow }) => shadow !== undefined,
  },
];

/** Each rule costs every request some nanoseconds: most requests need only these. */
const ORDINARY_RULES = REQUEST_RULES.filter(({ ordinary }) => ordinary);

/** One for all requests, to allocate none per request: each one is read and judged at once. */
const head = new RequestHead();

/** @returns the refusal by the first rule that a request's head breaks, or undefined */
export function refuse(request: ParsedRequest, limits: HeadLimits): Refusal | undefined {
  head.read(request);
  return refuseHead(head, limits);
}

/** The same for a head that a parser has collected. */
export function refuseHead(head: RequestHead, limits: HeadLimits): Refusal | undefined {
  for (const rule of head.ordinary ? ORDINARY_RULES : REQUEST_RULES) {
    if (rule.broken(head, limits)) return refusalBy(rule);
  }
  return undefined;
}

export function refusalBy({ name, rfc, status }: Rule): Refusal {
  return { status, reason: `${name} (${rfc})` };
}
