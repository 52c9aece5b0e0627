import type { Logger } from "@gatehouse/telemetry";
import type { Registry } from "prom-client";
import type { RequestMetrics } from "../telemetry/request-metrics.ts";

/** Series that one metric of the application may have; a label that holds a path has no end. */
const SERIES = 1000;

/** The metrics of a worker, the application's among them, as plain values for the primary. */
export async function snapshot(
  registry: Registry,
  requests: RequestMetrics,
  logger: Logger,
): Promise<object[]> {
  const theirs = await registry.getMetricsAsJSON();
  const bounded = theirs.map((metric) => {
    const values: readonly unknown[] = Reflect.get(metric, "values") ?? [];
    if (values.length <= SERIES) return metric;
    logger.warn("a metric has too many series", { metric: metric.name, series: values.length });
    return { ...metric, values: values.slice(0, SERIES) };
  });
  return [...bounded, ...requests.json()];
}
