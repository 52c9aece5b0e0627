import { closeSync, openSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

/** Milliseconds after which the edge that has a claim, and has not renewed it, has certainly ended. */
const LIFETIME = 5 * 60_000;
/** Milliseconds. */
export const RENEWAL = LIFETIME / 5;
const NAME = /^claim-(\d{1,15})$/;
const [RELEASED, UNIX_EPOCH] = [new Date(0), 0];

/**
 * The right to order a certificate, which one of all edges on a volume has at a time, in processes
 * or containers of their own.
 *
 * Claims are numbered files, and the highest number counts. Only one process can create the next
 * number (O_EXCL), and it does so only when the highest has expired or was released: so of two that
 * both see a dead claim, one gets the next number and the other gets EEXIST. The highest is never
 * removed: a process that was slow and creates a lower one finds the higher and gives way.
 */
export class Claim {
  readonly #folder: string;
  #own: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns whether it is ours now, until `release`, as long as it is renewed in time */
  acquire(): boolean {
    const highest = this.#numbers().at(-1) ?? 0;
    if (highest > 0 && this.#isAlive(highest)) return false;
    const next = highest + 1;
    try {
      closeSync(openSync(this.#file(next), "wx", 0o600));
    } catch {
      return false;
    }
    const numbers = this.#numbers();
    if (numbers.at(-1) !== next) {
      rmSync(this.#file(next), { force: true });
      return false;
    }
    this.#own = next;
    for (const number of numbers.slice(0, -1)) rmSync(this.#file(number), { force: true });
    return true;
  }

  renew(): void {
    if (this.#own !== undefined) this.#setTime(new Date());
  }

  release(): void {
    if (this.#own !== undefined) this.#setTime(RELEASED);
    this.#own = undefined;
  }

  #setTime(time: Date): void {
    try {
      utimesSync(this.#file(this.#own ?? 0), time, time);
    } catch {
      // It expired and another one has it: that one's file stays.
    }
  }

  #isAlive(number: number): boolean {
    const time = statSync(this.#file(number), { throwIfNoEntry: false })?.mtimeMs ?? UNIX_EPOCH;
    return Date.now() - time <= LIFETIME;
  }

  /** In ascending order. */
  #numbers(): number[] {
    const found = readdirSync(this.#folder).map((name) => Number(NAME.exec(name)?.[1] ?? 0));
    return found.filter((number) => number > 0).sort((one, other) => one - other);
  }

  #file(number: number): string {
    return join(this.#folder, `claim-${number}`);
  }
}
