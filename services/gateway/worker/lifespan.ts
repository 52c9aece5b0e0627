import { hostname } from "node:os";
import { createLogger } from "@gatehouse/telemetry";
import type { Registry } from "prom-client";
import type { LifespanContext } from "../applications/application.ts";

export function lifespanContext(
  workerId: number,
  metrics: Registry,
  signal: AbortSignal,
): LifespanContext {
  const worker = { id: workerId, pid: process.pid };
  const replica = hostname();
  return {
    settings: process.env,
    logger: createLogger("app", {}),
    metrics,
    worker,
    replica,
    signal,
  };
}
