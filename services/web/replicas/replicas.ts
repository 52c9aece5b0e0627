import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { affinityWeight } from "@gatehouse/http";
import { gauge, type Logger, type Metric, type Readiness, sharedGauge } from "@gatehouse/telemetry";
import { codeOf } from "../exchange/edge-error.ts";
import type { WebSettings } from "../settings.ts";
import { Circuit, type CircuitState } from "./circuit.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { HealthCheck } from "./health-check.ts";

/** What the edge knows of a replica; "unknown" until its first check. */
export type ReplicaState = Readiness | "unknown" | "down";

const STATES: readonly ReplicaState[] = ["ready", "starting", "draining", "down", "unknown"];
const CIRCUITS: readonly CircuitState[] = ["closed", "open", "half-open"];

/** One gateway behind the edge: its connections, its state, its circuit, its load. */
export class Replica {
  readonly address: string;
  readonly pool: ConnectionPool;
  readonly circuit: Circuit;
  readonly #logger: Logger;
  readonly #check: HealthCheck;
  state: ReplicaState = "unknown";
  /** Requests that were given to this replica and have no complete response yet, and tunnels. */
  inFlight = 0;

  constructor(address: string, settings: WebSettings, logger: Logger) {
    this.address = address;
    this.#logger = logger;
    this.pool = new ConnectionPool(address, settings);
    this.circuit = new Circuit(settings.circuitFailures, settings.circuitOpenFor, (from, to) =>
      logger.warn("replica circuit", { replica: address, from, to }),
    );
    const { upstreamAdminPort, checkInterval } = settings;
    this.#check = new HealthCheck(
      address,
      upstreamAdminPort,
      checkInterval,
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

  become(to: ReplicaState, reason: string): void {
    const from = this.state;
    if (to === from) return;
    this.state = to;
    this.#logger.info("replica state", { replica: this.address, from, to, reason });
    if (from === "down" && to === "ready") this.circuit.allowTrial();
  }
}

/** All replicas that the upstream's name stands for at this moment. */
export class Replicas {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  readonly #resolver = new Resolver({ timeout: 500, tries: 1 });
  #all: readonly Replica[] = [];
  readonly #eligible: Replica[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    if (settings.nameServer !== "") this.#resolver.setServers([settings.nameServer]);
  }

  /** Resolves after the first look-up of the name; it is repeated from then on. */
  async start(): Promise<void> {
    await this.#update();
    this.#timer = setInterval(() => void this.#update(), this.#settings.resolveInterval);
  }

  /** Cuts what is still in flight. */
  stop(): void {
    clearInterval(this.#timer);
    for (const replica of this.#all) replica.destroy();
  }

  status() {
    return this.#all.map(({ address, state, circuit, inFlight, pool }) => ({
      address,
      state,
      circuit: circuit.state,
      inFlight,
      over: pool.over,
      connections: pool.size,
      idle: pool.idle,
      waiting: pool.waiting,
    }));
  }

  /** A replica that has gone takes its values with it, so the number of labels is bounded. */
  metrics(): Metric[] {
    const replicas = this.status();
    type Status = (typeof replicas)[number];
    const perReplica = (value: (status: Status) => number) =>
      replicas.map((each) => ({ labels: { replica: each.address }, value: value(each) }));
    const countsBy = (key: "state" | "circuit", states: readonly string[]) =>
      states.map((state) => ({
        labels: { state },
        value: replicas.filter((each) => each[key] === state).length,
      }));
    return [
      sharedGauge(
        "web_upstream_replicas",
        "Replicas by their state in the health checks",
        countsBy("state", STATES),
      ),
      sharedGauge(
        "web_upstream_circuits",
        "Circuits of replicas by their state: an open one makes the edge prefer other replicas",
        countsBy("circuit", CIRCUITS),
      ),
      gauge(
        "web_upstream_in_flight",
        "Requests to a replica whose response is not complete",
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
    ];
  }

  /**
   * The less busy of two replicas taken at random ("power of two choices"): of those that are ready
   * and whose circuit admits a request; else of those that are ready, because an open circuit is a
   * reason to prefer others and not to reject everyone; else of those that are not draining and
   * admitted by their circuit, because a check may be wrong.
   * @param tried the replicas that already failed this request
   * @param key of a request with affinity: of the same replicas the one at which it weighs most, so
   * that a replica that is lost or drains moves its own keys alone
   */
  choose(tried: ReadonlySet<Replica> | undefined, key: string | undefined): Replica | undefined {
    return (
      among(this.#eligibleBy(isAdmitted, tried), key) ??
      among(this.#eligibleBy(isReady, tried), key) ??
      among(this.#eligibleBy(isPossible, tried), key)
    );
  }

  /** In one list that is used again, instead of making another one for each request. */
  #eligibleBy(
    fits: (replica: Replica) => boolean,
    tried: ReadonlySet<Replica> | undefined,
  ): readonly Replica[] {
    const eligible = this.#eligible;
    eligible.length = 0;
    for (const replica of this.#all) {
      if (fits(replica) && !tried?.has(replica)) eligible.push(replica);
    }
    return eligible;
  }

  async #update(): Promise<void> {
    const addresses = await this.#resolve();
    if (addresses === undefined) return;
    const added = new Set(addresses);
    const all: Replica[] = [];
    for (const replica of this.#all) {
      if (added.delete(replica.address)) {
        all.push(replica);
        continue;
      }
      this.#logger.info("replica gone", { replica: replica.address });
      replica.retire();
    }
    for (const address of added) {
      this.#logger.info("replica found", { replica: address });
      all.push(new Replica(address, this.#settings, this.#logger));
    }
    this.#all = all;
  }

  /** The name's addresses, or undefined where the name server sends no usable response. */
  async #resolve(): Promise<string[] | undefined> {
    const host = this.#settings.upstream.split(":")[0] ?? "";
    if (isIP(host) !== 0) return [host];
    try {
      return await this.#resolver.resolve4(host);
    } catch (error) {
      // Docker's name server sends these while no container of that name runs.
      const gone = error instanceof Error && ["ENOTFOUND", "ENODATA"].includes(codeOf(error));
      return gone ? [] : undefined;
    }
  }
}

function among(eligible: readonly Replica[], key: string | undefined): Replica | undefined {
  return key === undefined ? lessBusy(eligible) : heaviest(eligible, key);
}

function lessBusy(eligible: readonly Replica[]): Replica | undefined {
  const count = eligible.length;
  const first = Math.floor(Math.random() * count);
  const one = eligible[first];
  if (one === undefined || count === 1) return one;
  // One of the others, each as likely.
  const other = eligible[(first + 1 + Math.floor(Math.random() * (count - 1))) % count];
  return other !== undefined && other.inFlight < one.inFlight ? other : one;
}

function heaviest(eligible: readonly Replica[], key: string): Replica | undefined {
  let most = -1;
  let chosen: Replica | undefined;
  for (const replica of eligible) {
    const weight = affinityWeight(key, replica.address);
    if (weight <= most) continue;
    most = weight;
    chosen = replica;
  }
  return chosen;
}

function isReady({ state }: Replica): boolean {
  return state === "ready";
}

function isAdmitted({ state, circuit }: Replica): boolean {
  return state === "ready" && circuit.admits;
}

function isPossible({ state, circuit }: Replica): boolean {
  return state !== "draining" && circuit.admits;
}
