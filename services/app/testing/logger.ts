import type { Logger } from "../context.ts";

export type Line = Readonly<Record<string, unknown>>;

/** A logger that keeps its lines. */
export function recordingLogger(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const log =
    (level: string) =>
    (message: string, fields: Line = {}) => {
      lines.push({ level, message, ...fields });
    };
  return { logger: { info: log("info"), warn: log("warn"), error: log("error") }, lines };
}
