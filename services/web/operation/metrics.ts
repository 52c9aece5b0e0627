import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ServedBy } from "../exchange/exchange.ts";

interface Sources {
  replicas(): readonly ReplicaFigures[];
  tunnels(): number;
  retries(): number;
  limited(): ReadonlyMap<string, number>;
}

interface ReplicaFigures {
  readonly address: string;
  readonly state: string;
  readonly circuit: string;
  readonly inFlight: number;
  readonly connections: number;
  readonly waiting: number;
}

const PER_REPLICA = {
  inFlight: ["web_upstream_in_flight", "Requests that a replica has not answered whole"],
  connections: ["web_upstream_connections", "Connections to a replica"],
  waiting: ["web_upstream_waiting", "Requests that wait for a connection to a replica"],
} as const;

/** What the edge counts. Labels are bounded: who served, and the class of the status. */
export class EdgeMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "web_requests_total",
    help: "Requests by who made the answer and the class of its status",
    labelNames: ["served_by", "status"],
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: "web_request_duration_seconds",
    help: "From the request's head to the end of its answer",
    labelNames: ["served_by"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.#registry],
  });

  constructor(sources: Sources) {
    const registers = [this.#registry];
    new Counter({
      name: "web_limited_total",
      help: "How often a limit for clients was reached, in a dry run as well",
      labelNames: ["limit"],
      registers,
      collect() {
        this.reset();
        for (const [limit, count] of sources.limited()) this.inc({ limit }, count);
      },
    });
    new Gauge({
      name: "web_upstream_replicas",
      help: "Replicas by what the edge knows of them",
      labelNames: ["state"],
      registers,
      collect() {
        this.reset();
        for (const { state } of sources.replicas()) this.inc({ state });
      },
    });
    new Gauge({
      name: "web_upstream_circuits",
      help: "Circuits of replicas by their state: an open one gets no requests",
      labelNames: ["state"],
      registers,
      collect() {
        for (const state of ["closed", "open", "half-open"]) {
          this.set({ state }, sources.replicas().filter(({ circuit }) => circuit === state).length);
        }
      },
    });
    for (const [figure, [name, help]] of Object.entries(PER_REPLICA)) {
      new Gauge({
        name,
        help,
        labelNames: ["replica"],
        registers,
        collect() {
          // A replica that has gone takes its line with it: as many labels as replicas.
          this.reset();
          for (const replica of sources.replicas()) {
            const { address } = replica;
            this.set({ replica: address }, replica[figure as keyof typeof PER_REPLICA]);
          }
        },
      });
    }
    new Gauge({
      name: "web_tunnels",
      help: "WebSockets that go through the edge",
      registers,
      collect() {
        this.set(sources.tunnels());
      },
    });
    new Gauge({
      name: "web_upstream_retries",
      help: "Requests sent to a further replica, since the start",
      registers,
      collect() {
        this.set(sources.retries());
      },
    });
  }

  /** @param duration milliseconds */
  count(servedBy: ServedBy, status: number, duration: number): void {
    this.#requests.inc({ served_by: servedBy, status: `${Math.floor(status / 100)}xx` });
    this.#durations.observe({ served_by: servedBy }, duration / 1000);
  }

  collect(): Promise<readonly object[]> {
    return this.#registry.getMetricsAsJSON();
  }
}
