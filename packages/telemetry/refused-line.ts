import type { Logger } from "./logger.ts";
import { requestId } from "./trace.ts";

/** What was refused before it became a request, and with which status. */
interface Refused {
  readonly status: number;
  readonly reason: string;
}

/** Writes the line of a refused request; returns the field that its answer carries. */
export function tellRefused(logger: Logger, refused: Refused, client: string): string[] {
  const id = requestId(undefined);
  const { status, reason } = refused;
  logger.warn("refused", { request_id: id, status, reason, client, pid: process.pid });
  return ["X-Request-ID", id];
}
