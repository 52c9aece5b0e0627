import { type Attributes, SERVER, type SpanFacts } from "./span.ts";

/** Those of OpenTelemetry's conventions; any other word is the client's, and would be a name for each. */
const METHODS: ReadonlySet<string> = new Set(
  "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE".split(" "),
);
const LONGEST_METHOD = 32;
const LONGEST_PATH = 1024;
const LONGEST_TEXT = 256;

interface ServedRequest {
  readonly method: string;
  /** As it was received; what follows "?" may be private and is not sent. */
  readonly target: string;
  /** The template of the path, where the tier knows one. */
  readonly route?: string | undefined;
  /** As in the access line: 499 is a client that left. */
  readonly status: number;
  /** Why there is no response of the application: one of few words. */
  readonly failure?: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly more: Attributes;
}

/** A request as its server sees it, by OpenTelemetry's semantic conventions for HTTP. */
export function serverSpan(request: ServedRequest): SpanFacts {
  const { method, target, route, status, failure, start, end, more } = request;
  // "For HTTP status codes in the 4xx range span status MUST be left unset", and so for 499.
  const failed = status >= 500;
  return {
    name: spanName(method, route),
    kind: SERVER,
    start,
    end,
    failed,
    attributes: {
      ...methodAttributes(method),
      "url.path": pathOf(target),
      "http.route": route,
      "http.response.status_code": status,
      "error.type": failed ? (failure ?? String(status)) : undefined,
      ...more,
    },
  };
}

/** "GET /orders/:id", or the method alone. */
export function spanName(method: string, route?: string): string {
  const word = METHODS.has(method) ? method : "HTTP";
  return route === undefined ? word : `${word} ${route}`;
}

export function methodAttributes(method: string): Attributes {
  if (METHODS.has(method)) return { "http.request.method": method };
  return {
    "http.request.method": "_OTHER",
    "http.request.method_original": clipped(method, LONGEST_METHOD),
  };
}

/** The path of a target in any form, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf("?");
  const whole = query === -1 ? target : target.slice(0, query);
  const scheme = whole.startsWith("/") ? -1 : whole.indexOf("://");
  const begin = scheme === -1 ? 0 : whole.indexOf("/", scheme + 3);
  return clipped(begin === -1 ? "/" : whole.slice(begin), LONGEST_PATH);
}

/** server.address and server.port of a Host field. */
export function hostAttributes(host: string): Attributes {
  const colon = host.lastIndexOf(":");
  // Of "[::1]" that is no number.
  const port = colon > 0 ? Number(host.slice(colon + 1)) : Number.NaN;
  const name = Number.isInteger(port) ? host.slice(0, colon) : host;
  return {
    "server.address": name === "" ? undefined : clipped(name, LONGEST_TEXT),
    "server.port": Number.isInteger(port) ? port : undefined,
  };
}

export function clippedText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : clipped(text, LONGEST_TEXT);
}

function clipped(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
