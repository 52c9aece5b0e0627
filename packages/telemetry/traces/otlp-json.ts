import type { Attributes, EndedSpan } from "./span.ts";

/** What the spans of one process have in common. */
export interface Process {
  readonly host: string;
  readonly pid: number;
}

/**
 * An ExportTraceServiceRequest in OTLP's JSON: names in lowerCamelCase, ids in hexadecimal and not in
 * base64, enums as numbers, 64-bit integers as strings of digits.
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @param epoch milliseconds since the epoch at which performance.now() was 0, by today's clock
 */
export function exportRequest(spans: readonly EndedSpan[], process: Process, epoch: number) {
  const services = Map.groupBy(spans, ({ service }) => service);
  return {
    resourceSpans: [...services].map(([service, own]) => ({
      resource: {
        attributes: attributesOf({
          "service.name": service,
          "service.instance.id": `${process.host}:${process.pid}`,
          "host.name": process.host,
          "process.pid": process.pid,
        }),
      },
      scopeSpans: [{ scope: { name: "gatehouse" }, spans: own.map((span) => spanOf(span, epoch)) }],
    })),
  };
}

/** STATUS_CODE_ERROR of the enum; without one the status is unset. */
const FAILED = { code: 2 };

function spanOf(span: EndedSpan, epoch: number) {
  const { traceId, id, parentId, name, kind, start, end, attributes, failed } = span;
  return {
    traceId,
    spanId: id,
    // JSON.stringify skips what is undefined.
    parentSpanId: parentId === "" ? undefined : parentId,
    // The trace flags: sampled, as everything that is sent.
    flags: 1,
    name,
    kind,
    startTimeUnixNano: nanoseconds(epoch + start),
    endTimeUnixNano: nanoseconds(epoch + Math.max(start, end)),
    attributes: attributesOf(attributes),
    status: failed ? FAILED : undefined,
  };
}

function attributesOf(attributes: Attributes) {
  const list = [];
  for (const key in attributes) {
    const value = attributes[key];
    if (value !== undefined) list.push({ key, value: anyValue(value) });
  }
  return list;
}

function anyValue(value: string | number | boolean) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** A product would need more digits than a number has: whole milliseconds, and their millionths. */
function nanoseconds(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const rest = Math.floor((milliseconds - whole) * 1e6);
  return `${whole}${String(rest).padStart(6, "0")}`;
}
