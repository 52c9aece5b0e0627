/** Who holds something: a client, and the user that it is signed in as. */
export interface Holder {
  readonly client: string;
  readonly user: number | undefined;
}

/** Whose limit is reached: that of one client, of one user, or of this worker. */
export type Shortage = "client" | "user" | "worker";

/** What this worker can give to many at a time, and how much of it one client or one user can hold. */
export class Shares {
  readonly #limits: Readonly<Record<Shortage, number>>;
  readonly #held = new Map<string, number>();

  constructor(limits: Readonly<Record<Shortage, number>>) {
    this.#limits = limits;
  }

  /** @returns undefined if this holder can have one more */
  shortage(holder: Holder): Shortage | undefined {
    return keysOf(holder).find(
      ([owner, key]) => (this.#held.get(key) ?? 0) >= this.#limits[owner],
    )?.[0];
  }

  /** Takes one. @returns a function that gives it back, once; or the reason why there is none */
  acquire(holder: Holder): (() => void) | Shortage {
    const shortage = this.shortage(holder);
    if (shortage !== undefined) return shortage;
    this.#add(holder, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#add(holder, -1);
      isHeld = false;
    };
  }

  #add(holder: Holder, change: 1 | -1): void {
    for (const [, key] of keysOf(holder)) {
      const held = (this.#held.get(key) ?? 0) + change;
      if (held > 0) this.#held.set(key, held);
      else this.#held.delete(key);
    }
  }
}

function keysOf({ client, user }: Holder): (readonly [Shortage, string])[] {
  const own = [["client", `client ${client}`]] as const;
  const all = [["worker", "all"]] as const;
  return user === undefined ? [...own, ...all] : [["user", `user ${user}`], ...own, ...all];
}
