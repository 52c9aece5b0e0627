import type { Logger, Readiness } from "@gatehouse/telemetry";
import { ConnectionPool } from "../proxy/connection-pool.ts";
import type { WebSettings } from "../settings.ts";
import { Circuit } from "./circuit.ts";
import { HealthCheck } from "./health-check.ts";

/** What the edge knows of a replica; "unknown" until its first check. */
export type ReplicaState = Readiness | "unknown" | "down";

/** One gateway behind the edge: its connections, its state, its circuit, its load. */
export class Replica {
  readonly address: string;
  readonly port: number;
  readonly pool: ConnectionPool;
  readonly circuit: Circuit;
  readonly #logger: Logger;
  readonly #check: HealthCheck;
  #state: ReplicaState = "unknown";
  /** Requests that were given to this replica and have no whole answer yet. */
  inFlight = 0;

  constructor(address: string, settings: WebSettings, logger: Logger) {
    this.address = address;
    this.port = Number(settings.upstream.split(":")[1]);
    this.#logger = logger;
    this.pool = new ConnectionPool(address, this.port, {
      connections: settings.upstreamConnections,
      queue: settings.upstreamQueue,
      queueTimeout: settings.upstreamQueueTimeout,
      connectTimeout: settings.connectTimeout,
      idle: settings.upstreamIdle,
    });
    const limits = { failures: settings.circuitFailures, openFor: settings.circuitOpenFor };
    this.circuit = new Circuit(limits, (from, to) => {
      logger.warn("replica circuit", { replica: address, from, to });
    });
    this.#check = new HealthCheck(
      address,
      settings.upstreamAdminPort,
      settings.checkInterval,
      ({ state, reason }) => this.#become(state, reason),
    );
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** A connection to the replica failed: believe it until the next check. */
  suspect(reason: string): void {
    this.#become("down", reason);
  }

  /** Checks no more, and closes the connections once their requests have been answered. */
  retire(): void {
    this.#check.stop();
    this.pool.retire();
  }

  /** Closes everything at once. */
  destroy(): void {
    this.#check.stop();
    this.pool.destroy();
  }

  #become(state: ReplicaState, reason: string): void {
    if (state === this.#state) return;
    this.#logger.info("replica state", {
      replica: this.address,
      from: this.#state,
      to: state,
      reason,
    });
    if (this.#state === "down" && state === "ready") this.circuit.reconsider();
    this.#state = state;
  }
}
