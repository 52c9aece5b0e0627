import { join } from "node:path";
import type { Logger, Readiness } from "@gatehouse/telemetry";
import type { WebSettings } from "../settings.ts";
import { Circuit } from "./circuit.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { HealthCheck } from "./health-check.ts";
import { Liveness } from "./liveness.ts";

/** What the edge knows of a replica; "unknown" until its first check. */
export type ReplicaState = Readiness | "unknown" | "down";

/** One gateway behind the edge: its connections, its state, its circuit, its load. */
export class Replica {
  readonly address: string;
  readonly isCanary: boolean;
  readonly pool: ConnectionPool;
  readonly circuit: Circuit;
  readonly #logger: Logger;
  readonly #check: HealthCheck;
  readonly #liveness: Liveness;
  state: ReplicaState = "unknown";
  /** The upstream's name does not stand for it any more, and it serves on. */
  isUnnamed = false;
  /** Requests that were given to this replica and have no complete response yet, and tunnels. */
  inFlight = 0;

  /** @param isQuiet whether no visitor comes */
  constructor(
    address: string,
    isCanary: boolean,
    settings: WebSettings,
    logger: Logger,
    isQuiet: () => boolean,
  ) {
    this.address = address;
    this.isCanary = isCanary;
    this.#logger = logger;
    this.pool = new ConnectionPool(address, settings);
    this.circuit = new Circuit(settings.circuitFailures, settings.circuitOpenFor, (from, to) =>
      logger.warn("replica circuit", { replica: address, from, to }),
    );
    const { upstreamAdminPort, checkInterval } = settings;
    this.#liveness = new Liveness(address, upstreamAdminPort);
    this.#check = new HealthCheck(
      address,
      upstreamAdminPort,
      checkInterval,
      isQuiet,
      (state, reason, socket) => {
        if (settings.upstreamSockets !== "" && socket !== undefined) {
          this.pool.useSocket(join(settings.upstreamSockets, socket));
        }
        this.become(state, reason);
      },
    );
  }

  /** Ends the checks, and closes the connections once their responses are complete. */
  retire(): void {
    this.#check.stop();
    this.pool.retire();
  }

  destroy(): void {
    this.#check.stop();
    this.pool.destroy();
  }

  /** Whether it responds to a check at once. */
  isAlive(): Promise<boolean> {
    return this.#liveness.ask();
  }

  become(to: ReplicaState, reason: string): void {
    const from = this.state;
    if (to === from) return;
    this.state = to;
    this.#logger.info("replica state", { replica: this.address, from, to, reason });
    if (from === "down" && to === "ready") this.circuit.allowTrial();
  }
}
