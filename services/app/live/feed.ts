import type { DatabaseAccess, Subscriber } from "../database/access.ts";
import { type BoardEvent, CHANNEL, parseEvent } from "../models/event.ts";

/** Receives events. "missed": some may have been lost. */
export type Follower = (event: BoardEvent | "missed") => void;

/** The changes of the board, made by any worker of any replica. */
export class Feed implements Subscriber {
  readonly #followers = new Set<Follower>();
  readonly close: () => Promise<void>;
  #openings = 0;

  constructor(access: Pick<DatabaseAccess, "listen">) {
    this.close = access.listen(CHANNEL, this);
  }

  /** @returns a function that ends it */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  notified(payload: string): void {
    const event = parseEvent(payload);
    if (event !== undefined && event.kind !== "pulse") this.#send(event);
  }

  opened(): void {
    this.#openings += 1;
    if (this.#openings > 1) this.#send("missed");
  }

  #send(event: BoardEvent | "missed"): void {
    for (const follower of this.#followers) follower(event);
  }
}
