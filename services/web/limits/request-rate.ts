import { LeakyBucket, type Rate } from "./leaky-bucket.ts";

/** The most clients that are remembered; those not seen for longest are forgotten first. */
const MOST_CLIENTS = 16_384;

/** How fast each client asks. */
export class RequestRate {
  /** In the order of their last request. */
  readonly #buckets = new Map<string, LeakyBucket>();
  /** Who asked last: it is at the end already. */
  #latest: string | undefined;

  get clients(): number {
    return this.#buckets.size;
  }

  /** @returns 0 where the request may pass, else the milliseconds until the next one may */
  take(client: string, rate: Rate, now: number): number {
    const bucket = this.#buckets.get(client) ?? new LeakyBucket(now);
    if (client !== this.#latest) {
      this.#latest = client;
      this.#buckets.delete(client);
      this.#buckets.set(client, bucket);
      if (this.#buckets.size > MOST_CLIENTS) this.#forgetOldest();
    }
    return bucket.take(rate, now);
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
