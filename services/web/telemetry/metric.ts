export { counter, gauge, type Metric, type Sample, sharedGauge } from "@gatehouse/telemetry";
