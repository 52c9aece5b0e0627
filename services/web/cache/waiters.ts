import { keyOfClient } from "@gatehouse/http";
import type { Exchange } from "../exchange/exchange.ts";
import type { Entry } from "./entry.ts";

/** The requests that wait for the response to another one. */
export class Waiters {
  readonly #waiting = new Set<(entry: Entry | undefined) => void>();
  readonly #first: string;
  #released = false;
  #entry: Entry | undefined;
  /** Whether another client than that of the first request has joined. */
  areOfOthers = false;

  readonly #allLeft: () => void;

  /**
   * @param first the key of the client whose request they wait for
   * @param allLeft is called where the last one has left, or waits no longer
   */
  constructor(first: string, allLeft: () => void) {
    this.#first = first;
    this.#allLeft = allLeft;
  }

  get count(): number {
    return this.#waiting.size;
  }

  /**
   * @returns a response that may be shared; undefined where there is none within `timeout` ms, or once
   *   the client has left, which takes no memory from then on
   */
  join({ client, response }: Exchange, timeout: number): Promise<Entry | undefined> {
    this.areOfOthers ||= keyOfClient(client) !== this.#first;
    if (this.#released) return Promise.resolve(this.#entry);
    return new Promise((resolve) => {
      const settle = (entry: Entry | undefined) => {
        clearTimeout(timer);
        response.off("close", leave);
        this.#waiting.delete(settle);
        resolve(entry);
        if (!this.#released && this.count === 0) this.#allLeft();
      };
      const leave = () => settle(undefined);
      const timer = setTimeout(leave, timeout);
      response.once("close", leave);
      this.#waiting.add(settle);
    });
  }

  /** Ends the wait of all. */
  release(entry: Entry | undefined): void {
    if (this.#released) return;
    this.#released = true;
    this.#entry = entry;
    for (const settle of this.#waiting) settle(entry);
  }
}
