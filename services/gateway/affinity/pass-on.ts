import type { Socket } from "node:net";
import type { Logger } from "@gatehouse/telemetry";
import { respondOverloaded } from "../http/error-responses.ts";
import { type Exchange, stateOf } from "../http/exchange.ts";
import type { GatewaySettings } from "../settings.ts";
import type { RequestMetrics } from "../telemetry/request-metrics.ts";
import type { Affinity } from "./affinity.ts";
import { NotTaken } from "./link.ts";
import { passRequest } from "./pass-request.ts";

export interface PassingParts {
  readonly affinity: Affinity;
  readonly settings: Pick<GatewaySettings, "maxInFlight" | "queueSize">;
  readonly view: { readonly id: number };
  readonly logger: Logger;
  readonly metrics: RequestMetrics;
}

/**
 * Has another worker serve a request.
 * @param here serves it in this worker, where the other one is gone
 */
export async function passOn(
  parts: PassingParts,
  exchange: Exchange,
  owner: number,
  here: () => void,
): Promise<void> {
  const { affinity, settings, logger, metrics } = parts;
  // As many as the other worker would take at most: where that is alive, its own bound comes first.
  if (affinity.passing >= settings.maxInFlight + settings.queueSize) {
    respondOverloaded(metrics, exchange, "queue full");
    return;
  }
  affinity.passing++;
  exchange.once("close", () => affinity.passing--);
  const { requestId: request_id } = stateOf(exchange);
  const link = await linkTo(parts, owner, request_id);
  // The client has left, or its body was refused, and that has been responded to.
  if (exchange.destroyed || exchange.writableEnded) {
    if (typeof link === "object") link.destroy();
  } else if (link === "late") respondOverloaded(metrics, exchange, "waited too long");
  else if (link === "gone") here();
  else {
    metrics.uncount();
    passRequest(exchange, link, parts.view.id, (reason) => {
      metrics.pass("lost");
      logger.warn("a request that was passed on is lost: its worker ended", {
        request_id,
        worker: owner,
        reason,
      });
    });
  }
}

/** A connection that another worker has taken; or why there is none, which is logged. */
export async function linkTo(
  { affinity, logger, metrics }: PassingParts,
  owner: number,
  request_id: string,
): Promise<Socket | "gone" | "late"> {
  try {
    const link = await affinity.connectTo(owner);
    metrics.pass("passed");
    return link;
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error;
    const result = error.late ? "late" : "gone";
    metrics.pass(result);
    const line = { request_id, worker: owner, reason: error.message };
    if (error.late)
      logger.warn("a request was rejected: the worker that it belongs to is stuck", line);
    else logger.warn("a request is served here: the worker that it belongs to is gone", line);
    return result;
  }
}
