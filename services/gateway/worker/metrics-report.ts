import { gauge, type Logger, type Traces } from "@gatehouse/telemetry";
import type { Registry } from "prom-client";
import type { RequestMetrics } from "../telemetry/request-metrics.ts";

/** Values that one metric of the application may have; a label that holds a path has no bound. */
const MOST_VALUES = 1000;

interface Parts {
  readonly application: Registry;
  readonly requests: RequestMetrics;
  /** Bytes. */
  readonly webSocketBacklog: number;
  readonly traces: Traces | undefined;
  readonly logger: Logger;
}

/** The metrics of a worker: the application's own, as far as they are not too many, and the gateway's. */
export async function metricsReport(parts: Parts): Promise<object[]> {
  const { application, requests, webSocketBacklog, traces, logger } = parts;
  const own = (await application.getMetricsAsJSON()).map((metric) => {
    const values: readonly unknown[] = Reflect.get(metric, "values") ?? [];
    if (values.length <= MOST_VALUES) return metric;
    logger.warn("a metric has too many series", { metric: metric.name, series: values.length });
    return { ...metric, values: values.slice(0, MOST_VALUES) };
  });
  const backlog = gauge(
    "gateway_websocket_backlog_bytes",
    "What waits for clients of WebSockets that do not read",
    webSocketBacklog,
  );
  return [...own, ...requests.json(), backlog, ...(traces?.sender.metrics("gateway") ?? [])];
}
