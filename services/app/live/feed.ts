import type { DatabaseAccess, Ear } from "../models/database.ts";
import { type BoardEvent, CHANNEL, parseEvent } from "../models/event.ts";

/** Hears of an event; "missed" means that some may not have been heard of. */
export type Follower = (event: BoardEvent | "missed") => void;

/** What happens on the board, on whichever worker of whichever replica, told to this worker's. */
export class Feed implements Ear {
  readonly #followers = new Set<Follower>();
  readonly #stop: () => Promise<void>;
  #openings = 0;

  constructor(access: Pick<DatabaseAccess, "listen">) {
    this.#stop = access.listen(CHANNEL, this);
  }

  /** @returns ends it */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  heard(payload: string): void {
    const event = parseEvent(payload);
    if (event !== undefined && event.kind !== "pulse") this.#tell(event);
  }

  opened(): void {
    this.#openings += 1;
    if (this.#openings > 1) this.#tell("missed");
  }

  close(): Promise<void> {
    return this.#stop();
  }

  #tell(event: BoardEvent | "missed"): void {
    for (const follower of this.#followers) follower(event);
  }
}
