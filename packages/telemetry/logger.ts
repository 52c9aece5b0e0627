import { pino } from "pino";
import { requestId } from "./trace.ts";

/** PIPE_BUF of Linux: a write up to here is never mixed with another process's (pipe(7)). */
export const ATOMIC_WRITE = 4096;
/** No single field may push a line over the atomic write. */
const LONGEST_FIELD = 1024;

export type Fields = Readonly<Record<string, unknown>>;

/** JSON lines on stdout. The processes of a service share one pipe, so lines stay short. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

export type Tier = "web" | "gateway" | "app";

/** Synchronous: the last lines before the end of a process must neither be lost nor reordered. */
const destination = pino.destination({ dest: 1, sync: true, maxWrite: ATOMIC_WRITE });

const root = pino(
  {
    base: null,
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  },
  destination,
);

/** A logger whose lines begin with the tier and the fields of `fixed`. */
export function createLogger(tier: Tier, fixed: Fields): Logger {
  const lines = root.child({ tier, ...fixed });
  return {
    info: (message, fields) => lines.info(clip(fields), clipText(message)),
    warn: (message, fields) => lines.warn(clip(fields), clipText(message)),
    error: (message, fields) => lines.error(clip(fields), clipText(message)),
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends the process, with the lines that a full pipe has held back. */
export function endProcess(code: number): never {
  destination.flushSync();
  process.exit(code);
}

function clip(fields: Fields | undefined): Fields {
  const clipped: Record<string, unknown> = {};
  for (const name in fields) {
    const value = fields[name];
    clipped[name] =
      typeof value === "string"
        ? clipText(value)
        : value instanceof Error
          ? clipText(value.stack ?? String(value))
          : value;
  }
  return clipped;
}

function clipText(text: string): string {
  return text.length <= LONGEST_FIELD ? text : `${text.slice(0, LONGEST_FIELD)}…`;
}

/**
 * Logs what was refused before it became a request.
 * @returns the header field that its response carries
 */
export function logRefused(
  logger: Logger,
  { status, reason }: { readonly status: number; readonly reason: string },
  client: string,
): string[] {
  const id = requestId(undefined);
  logger.warn("refused", { request_id: id, status, reason, client, pid: process.pid });
  return ["X-Request-ID", id];
}
