import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { Logger } from "@gatehouse/telemetry";
import { codeOf } from "../exchange/edge-error.ts";
import type { WebSettings } from "../settings.ts";
import { Replica } from "./replica.ts";

/** All replicas that the upstream's name stands for at this moment. */
export class Replicas {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  readonly #resolver = new Resolver({ timeout: 500, tries: 1 });
  #all: readonly Replica[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    if (settings.nameServer !== "") this.#resolver.setServers([settings.nameServer]);
  }

  /** Resolves after the first look-up; from then on the name is followed. */
  async start(): Promise<void> {
    await this.#follow();
    this.#timer = setInterval(() => void this.#follow(), this.#settings.resolveInterval);
  }

  /** Cuts what is still in flight. */
  stop(): void {
    clearInterval(this.#timer);
    for (const replica of this.#all) replica.destroy();
  }

  /** What /status and the metrics show of each replica. */
  status() {
    return this.#all.map(({ address, state, circuit, inFlight, pool }) => ({
      address,
      state,
      circuit: circuit.state,
      inFlight,
      connections: pool.size,
      idle: pool.idle,
      waiting: pool.waiting,
    }));
  }

  /**
   * The less busy of two ready replicas taken at random ("power of two choices"). If none is
   * ready, one that is not draining: a check may be wrong, a refusal is certain. A replica whose
   * circuit is open gets nothing in any case.
   * @param tried the replicas that already failed this request
   */
  choose(tried: ReadonlySet<Replica> | undefined): Replica | undefined {
    return this.#lessBusy(tried, isReady) ?? this.#lessBusy(tried, isNotDraining);
  }

  /** Two passes over a short list: every request comes this way, and makes no list of its own. */
  #lessBusy(
    tried: ReadonlySet<Replica> | undefined,
    fits: (replica: Replica) => boolean,
  ): Replica | undefined {
    const eligible = (replica: Replica) =>
      fits(replica) && replica.circuit.lets && !tried?.has(replica);
    let count = 0;
    for (const replica of this.#all) if (eligible(replica)) count++;
    const first = Math.floor(Math.random() * count);
    // One of the others, each as likely.
    const second = (first + 1 + Math.floor(Math.random() * (count - 1))) % count;
    let at = 0;
    let one: Replica | undefined;
    let other: Replica | undefined;
    for (const replica of this.#all) {
      if (!eligible(replica)) continue;
      if (at === first) one = replica;
      else if (at === second) other = replica;
      at++;
    }
    if (one === undefined || other === undefined) return one;
    return other.inFlight < one.inFlight ? other : one;
  }

  async #follow(): Promise<void> {
    const addresses = await this.#resolve();
    if (addresses === undefined) return;
    const kept = this.#all.filter(({ address }) => addresses.includes(address));
    const gone = this.#all.filter((replica) => !kept.includes(replica));
    const known = new Set(kept.map(({ address }) => address));
    const found = addresses
      .filter((address) => !known.has(address))
      .map((address) => new Replica(address, this.#settings, this.#logger));
    this.#all = [...kept, ...found];
    for (const { address } of found) this.#logger.info("replica found", { replica: address });
    for (const replica of gone) {
      this.#logger.info("replica gone", { replica: replica.address });
      replica.retire();
    }
  }

  /** The name's addresses, or undefined where the name server gives no usable answer. */
  async #resolve(): Promise<string[] | undefined> {
    const host = this.#settings.upstream.split(":")[0] ?? "";
    if (isIP(host) !== 0) return [host];
    try {
      return await this.#resolver.resolve4(host);
    } catch (error) {
      // Docker answers so while no container of that name runs.
      const gone = error instanceof Error && ["ENOTFOUND", "ENODATA"].includes(codeOf(error));
      return gone ? [] : undefined;
    }
  }
}

function isReady({ state }: Replica): boolean {
  return state === "ready";
}

function isNotDraining({ state }: Replica): boolean {
  return state !== "draining";
}
