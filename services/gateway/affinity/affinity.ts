import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { AFFINITY_FIELD, affinityWeight, clientKey, isEngineIo } from "@gatehouse/http";
import type { Slot } from "../pool/messages.ts";
import type { GatewaySettings } from "../settings.ts";
import { connectToWorker, socketPath } from "./link.ts";

type Options = Pick<GatewaySettings, "affinity" | "queueTimeout">;

/** What one worker knows of affinity: which requests there are another worker's, and the way to it. */
export class Affinity {
  readonly #options: Options;
  readonly #worker: number;
  #folder = "";
  #slots: readonly Slot[] = [];
  /** Requests that are being passed on. */
  passing = 0;
  /** Whether any request could be another worker's. */
  shared = false;

  /** @param worker the id of this worker */
  constructor(options: Options, worker: number) {
    this.#options = options;
    this.#worker = worker;
  }

  /** The slots have changed. */
  follow(folder: string, slots: readonly Slot[]): void {
    this.#folder = folder;
    this.#slots = slots;
    const others = slots.some(({ worker }) => worker !== this.#worker);
    this.shared = others && this.#options.affinity !== "off";
  }

  /**
   * The other worker that a request belongs to; undefined where it asks for no affinity, or belongs
   * here. Call it once the forwarded fields are rewritten: what a stranger sent is gone by then.
   * @param client its address, as far as trusted proxies say
   */
  ownerOf(request: IncomingMessage, client: string): number | undefined {
    const key = this.#keyOf(request, client);
    if (key === undefined) return undefined;
    let owner = this.#worker;
    let heaviest = -1;
    for (const { slot, worker } of this.#slots) {
      const weight = affinityWeight(key, slot);
      if (weight <= heaviest) continue;
      heaviest = weight;
      owner = worker;
    }
    return owner === this.#worker ? undefined : owner;
  }

  /** A connection that the worker has taken. @throws NotTaken */
  connectTo(worker: number): Promise<Socket> {
    return connectToWorker(socketPath(this.#folder, worker), this.#options.queueTimeout);
  }

  #keyOf({ headers, url = "" }: IncomingMessage, client: string): string | undefined {
    const sent = headers[AFFINITY_FIELD];
    if (typeof sent === "string") return sent;
    const wanted = this.#options.affinity === "client" || isEngineIo(url);
    return wanted ? clientKey(client) : undefined;
  }
}
