import type { Entry } from "./entry.ts";

/** The requests that wait for the response to another one. */
export class Waiters {
  readonly #shared = Promise.withResolvers<Entry | undefined>();
  count = 0;

  /** @returns a response that may be shared; undefined where there is none within `timeout` ms */
  async join(timeout: number): Promise<Entry | undefined> {
    this.count++;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), timeout);
    try {
      return await Promise.race([this.#shared.promise, late.promise]);
    } finally {
      clearTimeout(timer);
      this.count--;
    }
  }

  /** Ends the wait of all. */
  release(entry: Entry | undefined): void {
    this.#shared.resolve(entry);
  }
}
