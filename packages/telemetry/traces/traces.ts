import type { Tier } from "../log-output.ts";
import type { Logger } from "../logger.ts";
import { reasonOf } from "../one-line.ts";
import type { OtlpSender } from "./otlp-sender.ts";
import { readHeaders, type TraceSettings } from "./settings.ts";
import { Tracer } from "./span.ts";

/** Milliseconds that the collector has for one batch, as in OpenTelemetry's own exporters. */
const SEND_DEADLINE = 10_000;

/** The traces of one process: all its tiers share a sender. */
export interface Traces {
  readonly sender: OtlpSender;
  tracer(tier: Tier): Tracer;
}

/**
 * @returns undefined without an endpoint: then a request costs no more than the check for that. The same
 * where the file of header fields cannot be read, with a line that says so: the site serves all the same.
 */
export async function startTraces(
  settings: TraceSettings,
  logger: Logger,
): Promise<Traces | undefined> {
  const { otlpEndpoint, otlpHeadersFile, otelServiceName, tracesRatio } = settings;
  if (otlpEndpoint === "") return undefined;
  try {
    // Only then: with these modules in a worker, a request cost 2 us more although nothing called them.
    const { OtlpPost } = await import("./otlp-post.ts");
    const { OtlpSender } = await import("./otlp-sender.ts");
    const post = new OtlpPost(otlpEndpoint, readHeaders(otlpHeadersFile), SEND_DEADLINE);
    const sender = new OtlpSender(post, logger);
    return {
      sender,
      tracer: (tier) => new Tracer(serviceName(otelServiceName, tier), tracesRatio, sender),
    };
  } catch (error) {
    logger.error("no traces are sent", { reason: reasonOf(error) });
    return undefined;
  }
}

/** The site's name is that of its application; the servers in front of it are parts of it. */
function serviceName(site: string, tier: Tier): string {
  if (site === "") return tier;
  return tier === "app" ? site : `${site}-${tier}`;
}
