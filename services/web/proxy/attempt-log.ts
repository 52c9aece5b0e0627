import { Flood, type Logger } from "@gatehouse/telemetry";
import { codeOf } from "../exchange/edge-error.ts";
import type { AttemptFailure } from "./retry-rules.ts";

/** Lines of one cause. */
const PER_SECOND = 10;
const AT_ONCE = 50;

/** Logs attempts that got no response. Clients can make many of them: of a flood a part is logged. */
export class AttemptLog {
  readonly #logger: Logger;
  /** By the codes of their causes, of which there are few. */
  readonly #floods = new Map<string, Flood>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param suspect whether the worker that had the request may have died of it */
  failed(
    requestId: string,
    replica: string,
    { cause, sent, received, kept }: AttemptFailure,
    suspect: boolean,
  ): void {
    const code = codeOf(cause);
    const flood = this.#floods.get(code) ?? new Flood(PER_SECOND, AT_ONCE);
    this.#floods.set(code, flood);
    const leftOut = flood.admit(performance.now());
    if (leftOut === undefined) return;

    this.#logger.warn("attempt failed", {
      request_id: requestId,
      replica,
      reason: `${code} ${cause.message}`,
      sent,
      heard: received,
      kept,
      suspect,
      ...(leftOut > 0 ? { left_out: leftOut } : {}),
    });
  }
}
