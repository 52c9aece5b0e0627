import { connectionOptions, FORWARDED_HEADERS, forwardedFields, isHopByHop } from "@gatehouse/http";
import type { Forwardable } from "./forwardable.ts";

/**
 * The header fields with which a request goes on to the gateway: what came, without what was
 * meant for this hop or is ours to say, and with one Host and the forwarded fields told anew.
 */
export function upstreamFields(request: Forwardable): string[] {
  const { rawHeaders } = request;
  const forThisHop = connectionOptions(listOf("connection", rawHeaders));
  const fields = ["Host", request.client.host];
  const cookies: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const value = rawHeaders[index + 1] ?? "";
    const key = name.toLowerCase();
    if (key === "cookie") cookies.push(value);
    else if (!isOurs(key) && !isHopByHop(key, forThisHop)) fields.push(name, value);
  }
  // HTTP/2 may split a cookie over fields; HTTP/1.1 has one (RFC 9113, section 8.2.3).
  if (cookies.length > 0) fields.push("Cookie", cookies.join("; "));
  fields.push(...forwardedFields(request.client));
  fields.push("X-Request-ID", request.requestId, "traceparent", request.traceparent);
  const now = performance.timeOrigin + performance.now();
  fields.push("X-Request-Start", `t=${now.toFixed(3)}`);
  return fields;
}

/** Fields of the request that the edge itself writes, or has already acted upon. */
function isOurs(key: string): boolean {
  return key === "host" || key === "expect" || key.startsWith(":") || FORWARDED_HEADERS.has(key);
}

/** All values of a field as one list, or undefined where the message has none. */
function listOf(key: string, fields: readonly string[]): string | undefined {
  const values = fields.filter((_, at) => at % 2 === 1 && fields[at - 1]?.toLowerCase() === key);
  return values.length > 0 ? values.join(",") : undefined;
}
