import type { IncomingMessage } from "node:http";
import { performance } from "node:perf_hooks";
import { queueTime, requestId, traceparent } from "@gatehouse/telemetry";

/** Milliseconds since the epoch at which `performance.now()` began. */
const TIME_ORIGIN = performance.timeOrigin;

/** Gives a request its id and trace: those that a trusted proxy sent, otherwise new ones. */
export function setRequestId(
  request: IncomingMessage,
  result: { requestId: string; traceparent: string },
): void {
  const { headers } = request;
  const id = requestId(text(headers["x-request-id"]));
  const trace = traceparent(text(headers.traceparent));
  result.requestId = id;
  result.traceparent = trace;
  // By literal names: nearly every request of a client comes here, and setField is slower.
  if (headers["x-request-id"] === undefined) {
    headers["x-request-id"] = id;
    request.rawHeaders.push("X-Request-ID", id);
  } else if (headers["x-request-id"] !== id) setField(request, "X-Request-ID", id);
  if (headers.traceparent === undefined) {
    headers.traceparent = trace;
    request.rawHeaders.push("traceparent", trace);
  } else if (headers.traceparent !== trace) setField(request, "traceparent", trace);
}

/** Milliseconds from the proxy's X-Request-Start to `receivedAt`; undefined without the field. */
export function queueTimeOf({ headers }: IncomingMessage, receivedAt: number): number | undefined {
  return queueTime(text(headers["x-request-start"]), TIME_ORIGIN + receivedAt);
}

/** Gives a request this one value of a field. */
export function setField(request: IncomingMessage, name: string, value: string): void {
  const key = name.toLowerCase();
  if (request.headers[key] !== value)
    rewriteFields(request, (other) => other !== key, [name, value]);
}

/**
 * Leaves a request only the fields that `keeps` wants, and appends others, in both of Node's views
 * of the header.
 * @param added names and values in turn, as in `rawHeaders`
 */
export function rewriteFields(
  request: IncomingMessage,
  keeps: (lowerCaseName: string) => boolean,
  added: readonly string[],
): void {
  const { headers, rawHeaders } = request;
  const fields: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (keeps(name.toLowerCase())) fields.push(name, rawHeaders[index + 1] ?? "");
    else delete headers[name.toLowerCase()];
  }
  for (let index = 0; index < added.length; index += 2) {
    headers[keyOf(added[index] ?? "")] = added[index + 1];
  }
  fields.push(...added);
  request.rawHeaders = fields;
  // Node would derive `headers` again from the raw list, of which it remembers the old length.
  request.headers = headers;
}

const keys = new Map<string, string>();

/** The lower-case form of the few names that the gateway itself adds. */
function keyOf(name: string): string {
  const known = keys.get(name) ?? name.toLowerCase();
  keys.set(name, known);
  return known;
}

function text(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
