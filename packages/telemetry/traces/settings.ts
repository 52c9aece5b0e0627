import { readFileSync } from "node:fs";
import { type Setting, text } from "@gatehouse/settings";

/** Rows of a service's table: OpenTelemetry's own variables, which mean the same in every tier. */
export const traceRows = {
  otlpEndpoint: text({
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    default: "",
    allowed: "an address such as http://collector:4318, or nothing",
    matches: /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
    why: "Where spans are sent, by OTLP over HTTP in JSON, to its path /v1/traces; empty: no traces.",
  }),
  otlpHeadersFile: text({
    variable: "OTEL_EXPORTER_OTLP_HEADERS_FILE",
    default: "",
    allowed: "a path, or nothing",
    matches: /^[^\0]*$/,
    why: "A file with header fields for the collector, name=value with commas between: it may have a key.",
  }),
  otelServiceName: text({
    variable: "OTEL_SERVICE_NAME",
    default: "",
    allowed: "up to 64 letters, digits, dots, hyphens and underscores",
    matches: /^[\w.-]{1,64}$/,
    why: "The name of the site: shop has the services shop-web, shop-gateway and shop; empty: web, gateway, app.",
  }),
  tracesRatio: ratio({
    variable: "OTEL_TRACES_SAMPLER_ARG",
    default: 1,
    why: "How many of the traces that begin here are recorded, 0 to 1; those of a trusted proxy as it decided.",
  }),
} as const;

/** The values of the rows. */
export interface TraceSettings {
  readonly otlpEndpoint: string;
  readonly otlpHeadersFile: string;
  readonly otelServiceName: string;
  readonly tracesRatio: number;
}

function ratio(row: Pick<Setting<number>, "variable" | "default" | "why">): Setting<number> {
  return {
    ...row,
    allowed: "a number from 0 to 1",
    read: (word) => {
      const number = /^\d(\.\d+)?$/.test(word) ? Number(word) : Number.NaN;
      return number >= 0 && number <= 1 ? number : undefined;
    },
  };
}

/**
 * The header fields of a file in the format of OTEL_EXPORTER_OTLP_HEADERS: name=value pairs with commas or
 * line ends between, values percent-encoded where they must be.
 * @throws Error with one line that does not show the file's text
 */
export function readHeaders(file: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (file === "") return headers;
  const pairs = readFileSync(file, "utf8").split(/[,\n]/);
  for (const [index, pair] of pairs.map((each) => each.trim()).entries()) {
    if (pair === "") continue;
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+)\s*=\s*(\S.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      throw new Error(`${file}: pair ${index + 1} is not name=value, such as x-api-key=0123`);
    }
    headers[name] = decoded(value);
  }
  return headers;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
