import { pino } from "pino";
import { Flood } from "./flood.ts";
import { LogOutput, type Tier } from "./log-output.ts";
import { oneLine } from "./one-line.ts";
import { requestId } from "./trace.ts";

/** Bytes that may wait for a reader. */
const LONGEST_BACKLOG = 2 ** 20;
/** Bytes of one text, and of all texts of a line, as JSON: the rest of the line always fits. */
const LONGEST_FIELD = 1024;
const LONGEST_TEXTS = 3072;

/** Types of values that are short in any line. */
const SHORT: ReadonlySet<string> = new Set(["boolean", "number", "undefined"]);

export type Fields = Readonly<Record<string, unknown>>;

/** JSON lines on stdout. The processes of a service share one pipe, so lines stay short. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

const output = new LogOutput(LONGEST_BACKLOG, "log lines lost");

const root = pino(
  {
    base: null,
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  },
  { write: (line: string) => output.write(escapeControls(line)) },
);

/** A logger whose lines begin with the tier and the fields of `fixed`. */
export function createLogger(tier: Tier, fixed: Fields): Logger {
  output.tier ??= tier;
  const lines = root.child({ tier, ...fixed });
  const write = (level: "info" | "warn" | "error") => (message: string, fields?: Fields) => {
    const texts = new Texts();
    // The message first: it is the last to be missed.
    const text = texts.clip(message);
    lines[level](clip(fields, texts), text);
  };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

function clip(fields: Fields | undefined, texts: Texts): Fields {
  const clipped: Record<string, unknown> = {};
  for (const name in fields) clipped[name] = clipValue(fields[name], texts);
  // Programs throw that too, and the line says that something was thrown.
  if (fields !== undefined && "error" in fields) clipped.error ??= String(fields.error);
  return clipped;
}

function clipValue(value: unknown, texts: Texts): unknown {
  try {
    return fitting(value, texts);
  } catch {
    // A getter or a proxy of the application has thrown.
    return texts.clip(oneLine(value));
  }
}

function fitting(value: unknown, texts: Texts): unknown {
  if (typeof value === "string") return texts.clip(value);
  if (SHORT.has(typeof value) || value === null || value instanceof Date) return value;
  if (value instanceof Error) {
    const { stack } = value;
    return texts.clip(typeof stack === "string" ? stack : oneLine(value));
  }
  const json = jsonOf(value);
  if (json === undefined) return texts.clip(oneLine(value));
  const clipped = texts.clip(json);
  return clipped === json ? value : clipped;
}

/** @returns undefined for what JSON cannot have, such as a BigInt, a circle or a function */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** The texts of one line. Clients choose some of them, and can make escapes of each character. */
class Texts {
  #left = LONGEST_TEXTS;

  clip(text: string): string {
    const limit = Math.min(LONGEST_FIELD, this.#left);
    const whole = text.length <= limit ? jsonBytes(text) : Number.POSITIVE_INFINITY;
    if (whole <= limit) {
      this.#left -= whole;
      return text;
    }
    let bytes = 0;
    let end = 0;
    for (const character of text) {
      const size = jsonBytes(character);
      if (bytes + size > limit) break;
      bytes += size;
      end += character.length;
    }
    this.#left -= bytes;
    return `${text.slice(0, end)}…`;
  }
}

/** Beyond what JSON escapes: a terminal obeys them, such as U+009B, which begins its commands. */
const CONTROLS = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

/** A line of JSON with escapes for these. They are in its strings alone. */
function escapeControls(json: string): string {
  return json.replace(CONTROLS, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The bytes of a text in a JSON string in UTF-8. */
const jsonBytes = (text: string): number =>
  Buffer.byteLength(escapeControls(JSON.stringify(text))) - 2;

/** Refused requests that are logged: so many a second, and at once. */
const refusals = new Flood(50, 200);

/**
 * Logs what was refused before it became a request; of a flood a part.
 * @returns the header field that its response carries
 */
export function logRefused(
  logger: Logger,
  { status, reason }: { readonly status: number; readonly reason: string },
  client: string,
): string[] {
  const id = requestId(undefined);
  const leftOut = refusals.admit(performance.now());
  if (leftOut !== undefined) {
    const line = { request_id: id, status, reason, client, pid: process.pid };
    logger.warn("refused", leftOut === 0 ? line : { ...line, left_out: leftOut });
  }
  return ["X-Request-ID", id];
}
