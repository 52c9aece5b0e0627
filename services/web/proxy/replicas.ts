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
  readonly #byAddress = new Map<string, Replica>();
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

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#byAddress.values()].map((replica) => replica.retire()));
  }

  status() {
    return [...this.#byAddress.values()].map(({ address, state, inFlight }) => ({
      address,
      state,
      inFlight,
    }));
  }

  /**
   * The less busy of two ready replicas taken at random ("power of two choices"). If none is
   * ready, one that is not draining: a check may be wrong, a refusal is certain.
   * @param tried the replicas that already failed this request
   */
  choose(tried: ReadonlySet<Replica>): Replica | undefined {
    const left = [...this.#byAddress.values()].filter((replica) => !tried.has(replica));
    const ready = left.filter((replica) => replica.state === "ready");
    const candidates = ready.length > 0 ? ready : left.filter(({ state }) => state !== "draining");
    const first = takeRandom(candidates);
    const second = takeRandom(candidates);
    if (first === undefined || second === undefined) return first;
    return second.inFlight < first.inFlight ? second : first;
  }

  async #follow(): Promise<void> {
    const addresses = await this.#resolve();
    if (addresses === undefined) return;
    for (const address of addresses) {
      if (this.#byAddress.has(address)) continue;
      this.#byAddress.set(address, new Replica(address, this.#settings, this.#logger));
      this.#logger.info("replica found", { replica: address });
    }
    for (const [address, replica] of this.#byAddress) {
      if (addresses.includes(address)) continue;
      this.#byAddress.delete(address);
      this.#logger.info("replica gone", { replica: address });
      void replica.retire();
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

/** Removes one element at random. */
function takeRandom<T>(list: T[]): T | undefined {
  return list.splice(Math.floor(Math.random() * list.length), 1)[0];
}
