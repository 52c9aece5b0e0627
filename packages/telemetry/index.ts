export { CLIENT_LEFT, millisecondsText } from "./access-line.ts";
export { Admin, type AdminPages, type Readiness, SOCKET_FIELD } from "./admin.ts";
export { Flood } from "./flood.ts";
export { Distribution, histogram } from "./histogram.ts";
export { jsonText } from "./json-text.ts";
export { LineWriter } from "./line-writer.ts";
export type { Tier } from "./log-output.ts";
export { createLogger, type Fields, type Logger, logRefused } from "./logger.ts";
export { counter, gauge, type Metric, type Sample, sharedGauge } from "./metric.ts";
export { oneLine, reasonOf } from "./one-line.ts";
export { queueTime, timingEntry } from "./server-timing.ts";
export { requestId, traceIdOf, traceparent, unrecorded } from "./trace.ts";
export {
  clippedText,
  hostAttributes,
  methodAttributes,
  pathOf,
  serverSpan,
  spanName,
} from "./traces/http-span.ts";
export { traceRows } from "./traces/settings.ts";
export { type Attributes, CLIENT, INTERNAL, type Span, type Tracer } from "./traces/span.ts";
export { startTraces, type Traces } from "./traces/traces.ts";
