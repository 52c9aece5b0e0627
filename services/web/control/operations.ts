import type { Purge } from "../cache/invalidation.ts";
import type { Mode } from "../pause/mode.ts";

/** What an operator can have a running edge do. */
export interface Operations {
  readonly mode: Mode;
  status(): Promise<unknown>;
  reload(): Promise<void>;
  /**
   * Puts all workers into a mode, and waits until the requests that came before have ended.
   * @param patience milliseconds that they may take
   * @returns how many are still on their way
   * @throws Error when the mode cannot be kept over a restart; then nothing has changed.
   */
  enter(mode: Mode, patience: number): Promise<number>;
  /** Resolves with how many addresses were forgotten. */
  purge(purge: Purge): Promise<number>;
}
