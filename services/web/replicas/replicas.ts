import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { affinityWeight } from "@gatehouse/http";
import { gauge, type Logger, type Metric, sharedGauge } from "@gatehouse/telemetry";
import { codeOf } from "../exchange/edge-error.ts";
import type { Release } from "../exchange/exchange.ts";
import type { WebSettings } from "../settings.ts";
import type { CircuitState } from "./circuit.ts";
import { Replica, type ReplicaState } from "./replica.ts";
import { Visitors } from "./visitors.ts";

const STATES: readonly ReplicaState[] = ["ready", "starting", "draining", "down", "unknown"];
const CIRCUITS: readonly CircuitState[] = ["closed", "open", "half-open"];

/** What the name of the canary's replicas has after that of the others. */
const CANARY = "-canary";

/** Milliseconds that a name server has for its response. Look-ups may overlap. */
const LOOK_UP_TIMEOUT = 3000;

/** How many times longer the interval between two look-ups is while no visitor comes, and a replica is ready. */
const QUIET_FACTOR = 2;

type Fits = (replica: Replica) => boolean;

/** All replicas that the upstream's name stands for at this moment. */
export class Replicas {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  #resolver: Resolver;
  #lookUps = 0;
  /** The number of the look-up that the replicas are of. */
  #current = 0;
  #all: readonly Replica[] = [];
  readonly #eligible: Replica[] = [];
  readonly #visitors = new Visitors();
  #timer: NodeJS.Timeout | undefined;
  #expectsCanary = false;
  /** Whether a canary has been ready since it is expected. */
  #hasCanary = false;

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#resolver = this.#newResolver();
  }

  /** Resolves after the first look-up of the name; it is repeated from then on. */
  async start(): Promise<void> {
    await this.#update();
    this.#updateLater();
  }

  #updateLater(): void {
    const factor = this.#isQuiet() && this.#all.some(isReady) ? QUIET_FACTOR : 1;
    this.#timer = setTimeout(() => {
      void this.#update();
      this.#updateLater();
    }, this.#settings.resolveInterval * factor);
  }

  readonly #isQuiet = (): boolean => this.#visitors.areAway(performance.now());

  /** Cuts what is still in flight. */
  stop(): void {
    clearTimeout(this.#timer);
    // A look-up that ends later finds nothing.
    this.#current = Number.POSITIVE_INFINITY;
    for (const replica of this.#all) replica.destroy();
  }

  /** Whether the canary's name is looked up too, from the next time on. */
  expectCanary(expected: boolean): void {
    if (!expected) this.#hasCanary = false;
    this.#expectsCanary = expected;
  }

  get hasCanary(): boolean {
    this.#hasCanary ||= this.#all.some((each) => each.isCanary && each.state === "ready");
    return this.#hasCanary;
  }

  isCanary(address: string | undefined): boolean {
    return this.#all.some((each) => each.isCanary && each.address === address);
  }

  status() {
    return this.#all.map(({ address, isCanary, state, circuit, inFlight, pool }) => ({
      address,
      ...(isCanary ? { canary: true } : {}),
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
   * admitted by their circuit, because a check may be wrong. Of the replicas of the canary only for its
   * clients.
   * @param tried the replicas that already failed this request
   * @param key of a request with affinity: of the same replicas the one at which it weighs most, so
   * that a replica that is lost or drains moves its own keys alone
   */
  choose(
    tried: ReadonlySet<Replica> | undefined,
    key: string | undefined,
    release?: Release | undefined,
  ): Replica | undefined {
    this.#visitors.came();
    // A canary that fails costs its clients nothing but the trial.
    const own = release === "canary" ? this.#among(isAdmitted, true, tried, key) : undefined;
    return (
      own ??
      this.#among(isAdmitted, false, tried, key) ??
      this.#among(isReady, false, tried, key) ??
      this.#among(isPossible, false, tried, key) ??
      // Nothing else is left.
      (this.#expectsCanary ? this.#among(isAdmitted, true, tried, key) : undefined)
    );
  }

  #among(
    fits: Fits,
    canary: boolean,
    tried: ReadonlySet<Replica> | undefined,
    key: string | undefined,
  ): Replica | undefined {
    const eligible = this.#eligibleBy(fits, canary, tried);
    return key === undefined ? lessBusy(eligible) : heaviest(eligible, key);
  }

  /** In one list that is used again, instead of making another one for each request. */
  #eligibleBy(
    fits: Fits,
    canary: boolean,
    tried: ReadonlySet<Replica> | undefined,
  ): readonly Replica[] {
    const eligible = this.#eligible;
    eligible.length = 0;
    for (const replica of this.#all) {
      if (replica.isCanary === canary && fits(replica) && !tried?.has(replica)) {
        eligible.push(replica);
      }
    }
    return eligible;
  }

  #newResolver(): Resolver {
    const { nameServer } = this.#settings;
    const resolver = new Resolver({ timeout: LOOK_UP_TIMEOUT, tries: 1 });
    if (nameServer !== "") resolver.setServers([nameServer]);
    return resolver;
  }

  async #update(): Promise<void> {
    const number = ++this.#lookUps;
    const [host = ""] = this.#settings.upstream.split(":");
    const [running, canary] = await Promise.all([
      this.#resolve(host),
      this.#expectsCanary ? this.#resolve(`${host}${CANARY}`) : [],
    ]);
    // A slow response to an earlier look-up.
    if (number < this.#current) return;
    if (running !== undefined) this.#current = number;
    // A name server that sends no usable response changes nothing.
    const added = new Map<string, boolean>();
    const kept = (isCanary: boolean) =>
      this.#all
        .filter((each) => each.isCanary === isCanary && !each.isUnnamed)
        .map(({ address }) => address);
    for (const address of running ?? kept(false)) added.set(address, false);
    for (const address of canary ?? kept(true)) added.set(address, true);
    const isNamed = (each: Replica) => added.get(each.address) === each.isCanary;
    const hasBetter = this.#all.some((each) => !each.isCanary && isReady(each) && isNamed(each));
    const all: Replica[] = [];
    for (const replica of this.#all) {
      if (isNamed(replica)) {
        added.delete(replica.address);
        replica.isUnnamed = false;
        all.push(replica);
        continue;
      }
      // The name server may be wrong: a replica that is ready stays until a named one is.
      const isElsewhere = added.has(replica.address);
      if (!replica.isCanary && !hasBetter && !isElsewhere && isReady(replica)) {
        if (!replica.isUnnamed) {
          const reason = "it is ready, and the name stands for none that is";
          this.#logger.warn("replica kept", { replica: replica.address, reason });
        }
        replica.isUnnamed = true;
        all.push(replica);
        continue;
      }
      this.#logger.info("replica gone", { replica: replica.address });
      replica.retire();
    }
    for (const [address, isCanary] of added) {
      const line = { replica: address, ...(isCanary ? { canary: true } : {}) };
      this.#logger.info("replica found", line);
      all.push(new Replica(address, isCanary, this.#settings, this.#logger, this.#isQuiet));
    }
    this.#all = all;
  }

  /** The name's addresses, or undefined where the name server sends no usable response. */
  async #resolve(host: string): Promise<string[] | undefined> {
    if (isIP(host) !== 0) return [host];
    const resolver = this.#resolver;
    try {
      return await resolver.resolve4(host);
    } catch (error) {
      const code = error instanceof Error ? codeOf(error) : "";
      // To a server that was quick, a resolver gives less time than it was told: a new one remembers nothing.
      if (code === "ETIMEOUT" && resolver === this.#resolver) this.#resolver = this.#newResolver();
      // Docker's name server sends these while no container of that name runs.
      return ["ENOTFOUND", "ENODATA"].includes(code) ? [] : undefined;
    }
  }
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
