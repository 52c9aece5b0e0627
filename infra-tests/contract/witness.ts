import { until } from "../stack/deadline.ts";
import { call } from "../stack/http.ts";
import type { Stack } from "../stack/stack.ts";
import type { ReceivedRequest } from "./witness/record.ts";

/** The control ports of the witnesses behind an edge, one for each replica. */
export class Witness {
  readonly #stack: Stack;
  #origins: Promise<string[]> | undefined;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  /** The requests that they have received since the last `clear`. */
  async seen(): Promise<ReceivedRequest[]> {
    const all = await this.#each((origin) => call(`${origin}/seen`));
    return all.flatMap(({ text }) => JSON.parse(text) as ReceivedRequest[]);
  }

  /** Waits for the first request to a path. Its body may still be arriving. */
  async requestTo(path: string): Promise<ReceivedRequest> {
    return await until(
      `the witness sees ${path}`,
      async () => (await this.seen()).find(({ target }) => target.startsWith(path)),
      { within: 5_000, every: 10 },
    );
  }

  /** The number of requests of each replica. */
  async requestsByReplica(): Promise<number[]> {
    const all = await this.#each((origin) => call(`${origin}/seen`));
    return all.map(({ text }) => (JSON.parse(text) as ReceivedRequest[]).length);
  }

  async clear(): Promise<void> {
    await this.#each((origin) => call(`${origin}/clear`, { method: "POST" }));
  }

  /** Makes a replica close connections without a response, or stop doing so. */
  async cutOff(replica: number, cutsOff: boolean): Promise<void> {
    this.#origins ??= this.#find();
    const origin = (await this.#origins)[replica - 1];
    await call(`${origin}/mode?cuts-off=${cutsOff ? "yes" : "no"}`, { method: "POST" });
  }

  /** Finds the replicas again: one may have another address now. */
  findAgain(): void {
    this.#origins = undefined;
  }

  async #each<T>(work: (origin: string) => Promise<T>): Promise<T[]> {
    this.#origins ??= this.#find();
    return await Promise.all((await this.#origins).map(work));
  }

  async #find(): Promise<string[]> {
    const replicas = await this.#stack.containers("app");
    const running = replicas.filter(({ State }) => State === "running");
    const addresses = await Promise.all(running.map(({ Id }) => this.#stack.addressOn("back", Id)));
    return addresses.map((address) => `http://${address}:9200`);
  }
}
