import cluster from "node:cluster";
import { createLogger, flushLogs, type Logger } from "@gatehouse/telemetry";
import { AggregatorRegistry, Registry } from "prom-client";
import type { Application } from "./applications/application.ts";
import { loadApplication } from "./applications/load-application.ts";
import { HttpServer } from "./http-server.ts";
import { type LifespanContext, lifespanContext } from "./lifespan.ts";
import { BEAT_INTERVAL, BOOT_FAILED, type FromWorker, type ToWorker } from "./messages.ts";
import { RequestMetrics } from "./request-metrics.ts";
import type { GatewaySettings } from "./settings.ts";

/** The life of a worker: load, start up, become ready, serve, drain, shut down, exit. */
export async function runWorker(settings: GatewaySettings): Promise<void> {
  // A terminal's Ctrl-C reaches the whole process group; the primary alone decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  const logger = createLogger("gateway", {});
  const registry = new Registry();
  AggregatorRegistry.setRegistries(registry);
  // Constructing one is what makes a worker answer the primary's request for its metrics.
  new AggregatorRegistry();
  const stopping = new AbortController();
  const context = lifespanContext(cluster.worker?.id ?? 0, registry, stopping.signal);
  try {
    const application = await loadApplication(settings, logger);
    await application.startup(context);
    await application.ready();
    const metrics = new RequestMetrics(registry);
    const server = new HttpServer(application, settings, logger, metrics);
    await server.listen(settings.host, settings.port);
    obey(server, application, context, stopping);
    tell({ type: "ready", port: server.port });
    beat(metrics);
  } catch (error) {
    giveUp(error, logger);
  }
}

function obey(
  server: HttpServer,
  application: Application,
  context: LifespanContext,
  stopping: AbortController,
): void {
  process.on("message", async ({ type }: ToWorker) => {
    if (type === "lame-duck") server.lameDuck();
    if (type !== "drain" || stopping.signal.aborted) return;
    stopping.abort();
    await server.close();
    await application.shutdown(context).catch((error: unknown) => {
      context.logger.error("shutdown failed", { error });
    });
    flushLogs();
    process.exit(0);
  });
}

function beat(metrics: RequestMetrics): void {
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const loop = performance.eventLoopUtilization(now, before).utilization;
    before = now;
    const { inFlight, requests } = metrics;
    tell({ type: "beat", inFlight, requests, loop, rss: process.memoryUsage.rss() });
  }, BEAT_INTERVAL).unref();
}

function giveUp(error: unknown, logger: Logger): void {
  const reason = error instanceof Error ? error.message : String(error);
  logger.error("the application did not start", { reason, error });
  flushLogs();
  process.send?.({ type: "failed", reason } satisfies FromWorker, () => process.exit(BOOT_FAILED));
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
