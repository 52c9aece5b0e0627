/** What a client sends, as bytes, and what must come of it. */
export interface Case {
  readonly name: string;
  /** Latin-1: one character is one byte. */
  readonly bytes: string;
  /** The statuses of all responses, in order, the marker's included. */
  readonly statuses: readonly number[];
  /** The requests that the application read to their end: "POST /x body". */
  readonly saw: readonly string[];
  /** The same where the web server forwards nothing to the application. */
  readonly atTheEdge?: Pick<Case, "statuses" | "saw">;
}

/** Follows each case on the same connection; only behind an accepted one it gets a response. */
export const MARKER = "GET /marker HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
const MARKER_SEEN = "GET /marker ";

export const HOST = "Host: a.example";

/** A request without a body. */
export function get(...fields: readonly string[]): string {
  return head("GET / HTTP/1.1", HOST, ...fields);
}

/** A request with these fields, and these bytes after its head. */
export function post(fields: readonly string[], body: string): string {
  return head("POST / HTTP/1.1", HOST, ...fields) + body;
}

export function chunked(body: string): string {
  return post(["Transfer-Encoding: chunked"], body);
}

export function head(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Refused with one status, and with nothing more: the application saw no part of it. */
export function refused(status: number, name: string, bytes: string): Case {
  return { name, bytes: bytes + MARKER, statuses: [status], saw: [] };
}

/** Served like any request, and so is the marker behind it. */
export function accepted(name: string, bytes: string, ...saw: readonly string[]): Case {
  const statuses = [...saw.map(() => 200), 200];
  return { name, bytes: bytes + MARKER, statuses, saw: [...saw, MARKER_SEEN] };
}

/** Served like any request, but as the last one of its connection: the marker is too late. */
export function last(name: string, bytes: string, ...saw: readonly string[]): Case {
  return { name, bytes: bytes + MARKER, statuses: saw.map(() => 200), saw };
}
