/**
 * Calls a function at an interval for as long as there is something to look after. So a process that
 * holds nothing sleeps: a timer that finds nothing, ten times a second, costs more than all else there.
 */
export class Rounds {
  readonly #interval: number;
  readonly #round: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param interval milliseconds
   * @param round @returns whether there is still something to look after
   */
  constructor(interval: number, round: () => boolean) {
    this.#interval = interval;
    this.#round = round;
  }

  /** There is something from now on. The first call is one interval later. */
  begin(): void {
    this.#timer ??= setInterval(() => {
      if (!this.#round()) this.close();
    }, this.#interval).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
