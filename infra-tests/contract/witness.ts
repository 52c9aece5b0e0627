import { until } from "../stack/deadline.ts";
import { call } from "../stack/http.ts";
import type { Stack } from "../stack/stack.ts";
import type { Sighting } from "./witness/record.ts";

/** The witnesses behind an edge, one a replica, through their own port. */
export class Witness {
  readonly #stack: Stack;
  #origins: Promise<string[]> | undefined;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /** What has reached them since the last `forget`. */
  async seen(): Promise<Sighting[]> {
    const all = await this.#ask((origin) => call(`${origin}/seen`));
    return all.flatMap(({ text }) => JSON.parse(text) as Sighting[]);
  }

  /** The first request to a path, as soon as there is one; its body may still be on its way. */
  async sightingOf(path: string): Promise<Sighting> {
    return await until(
      `the witness sees ${path}`,
      async () => (await this.seen()).find(({ target }) => target.startsWith(path)),
      { within: 5_000, every: 10 },
    );
  }

  /** How many requests each replica has seen. */
  async sightingsByReplica(): Promise<number[]> {
    const all = await this.#ask((origin) => call(`${origin}/seen`));
    return all.map(({ text }) => (JSON.parse(text) as Sighting[]).length);
  }

  async forget(): Promise<void> {
    await this.#ask((origin) => call(`${origin}/forget`, { method: "POST" }));
  }

  /** Has one replica close connections without a response, or behave again. */
  async breakOff(replica: number, breaksOff: boolean): Promise<void> {
    const word = breaksOff ? "yes" : "no";
    this.#origins ??= this.#find();
    const origin = (await this.#origins)[replica - 1];
    await call(`${origin}/mode?breaks-off=${word}`, { method: "POST" });
  }

  /** Looks for the replicas anew: one may have come back under another address. */
  lookAgain(): void {
    this.#origins = undefined;
  }

  async #ask<T>(question: (origin: string) => Promise<T>): Promise<T[]> {
    this.#origins ??= this.#find();
    return await Promise.all((await this.#origins).map(question));
  }

  async #find(): Promise<string[]> {
    const replicas = await this.#stack.containers("app");
    const running = replicas.filter(({ State }) => State === "running");
    const addresses = await Promise.all(running.map(({ Id }) => this.#stack.addressOn("back", Id)));
    return addresses.map((address) => `http://${address}:9200`);
  }
}
