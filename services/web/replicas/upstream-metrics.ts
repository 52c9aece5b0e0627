import { counter, gauge, type Metric, sharedGauge } from "../telemetry/metric.ts";
import type { Replicas } from "./replicas.ts";

type Figures = ReturnType<Replicas["status"]>[number];

const STATES = ["ready", "starting", "draining", "down", "unknown"];
const CIRCUITS = ["closed", "open", "half-open"];

/** How the replicas fare. A replica that has gone takes its line with it: labels are bounded. */
export function upstreamMetrics(
  replicas: readonly Figures[],
  retries: number,
  tunnels: number,
): Metric[] {
  const perReplica = (figure: (replica: Figures) => number) =>
    replicas.map((replica) => ({ labels: { replica: replica.address }, value: figure(replica) }));
  const tally = (words: readonly string[], wordOf: (replica: Figures) => string) =>
    words.map((state) => ({
      labels: { state },
      value: replicas.filter((replica) => wordOf(replica) === state).length,
    }));
  return [
    sharedGauge(
      "web_upstream_replicas",
      "Replicas by what the edge knows of them",
      tally(STATES, ({ state }) => state),
    ),
    sharedGauge(
      "web_upstream_circuits",
      "Circuits of replicas by their state: an open one gets no requests",
      tally(CIRCUITS, ({ circuit }) => circuit),
    ),
    gauge(
      "web_upstream_in_flight",
      "Requests that a replica has not answered whole",
      perReplica(({ inFlight }) => inFlight),
    ),
    gauge(
      "web_upstream_connections",
      "Connections to a replica",
      perReplica(({ connections }) => connections),
    ),
    gauge(
      "web_upstream_waiting",
      "Requests that wait for a connection to a replica",
      perReplica(({ waiting }) => waiting),
    ),
    counter("web_upstream_retries_total", "Requests sent to a further replica", retries),
    gauge("web_tunnels", "WebSockets that go through the edge", tunnels),
  ];
}
