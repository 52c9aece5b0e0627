import { pino } from "pino";

/** PIPE_BUF of Linux: a write up to here is never mixed with another process's (pipe(7)). */
const ATOMIC_WRITE = 4096;
/** No single field may push a line over the atomic write. */
const LONGEST_FIELD = 1024;

export type Fields = Readonly<Record<string, unknown>>;

/** JSON lines on stdout. The processes of a service share one pipe, so lines stay short. */
export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** Which part of the chain a line tells of. */
export type Tier = "web" | "gateway" | "app";

/**
 * Written at once: an asynchronous write that is under way when the process ends would be
 * overtaken by the ones behind it.
 */
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

/** A logger whose every line bears the tier and `fixed`, ahead of the line's own fields. */
export function createLogger(tier: Tier, fixed: Fields): Logger {
  const lines = root.child({ tier, ...fixed });
  return {
    info: (message, fields) => lines.info(clip(fields), clipText(message)),
    warn: (message, fields) => lines.warn(clip(fields), clipText(message)),
    error: (message, fields) => lines.error(clip(fields), clipText(message)),
  };
}

/** Writes what a full pipe has kept back; for the moment before a process ends. */
export function flushLogs(): void {
  destination.flushSync();
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
