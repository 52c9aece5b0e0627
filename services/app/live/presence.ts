import { randomUUID } from "node:crypto";
import type { Hooks, Peer } from "crossws";
import type { Logger } from "../context.ts";
import type { Query } from "../database/access.ts";
import { addReader, keepReaders, type Reader, readersOf, removeReaders } from "../models/reader.ts";
import type { User } from "../models/user.ts";
import type { Feed } from "./feed.ts";

/** Seconds after which the readers of a worker that has died are removed. */
const LIFETIME = 30;
const RENEWAL = 10_000;

/** A request that may open a connection: which notice, and which user. */
export interface Admission {
  readonly noticeId: number;
  readonly user: User | undefined;
}

/** Who reads which notice, over WebSockets, across all workers and replicas. */
export class Presence {
  readonly #query: Query;
  readonly #logger: Logger;
  readonly #open = new Map<string, { readonly reader: Reader; readonly peer: Peer }>();
  readonly #unfollow: () => void;
  readonly #renewal: NodeJS.Timeout;
  readonly hooks: Partial<Hooks>;

  /** @param admit checks a request; throws a Response to refuse it */
  constructor(
    query: Query,
    feed: Feed,
    admit: (request: Request) => Promise<Admission>,
    logger: Logger,
  ) {
    this.#query = query;
    this.#logger = logger;
    this.#unfollow = feed.follow((event) => {
      if (event === "missed") void this.#refresh(this.#readers().map(({ noticeId }) => noticeId));
      else if (event.kind === "readers") void this.#refresh([event.notice]);
    });
    const renew = () =>
      this.#attempt("readers not renewed", (database) =>
        keepReaders(database, this.#readers(), LIFETIME),
      );
    this.#renewal = setInterval(renew, RENEWAL).unref();
    this.hooks = {
      upgrade: async (request) => {
        const { noticeId, user } = await admit(request);
        const reader: Reader = { id: randomUUID(), noticeId, userId: user?.id ?? null };
        return { context: { reader } };
      },
      open: async (peer) => {
        const { reader } = peer.context as { readonly reader: Reader };
        this.#open.set(peer.id, { reader, peer });
        await query((database) => addReader(database, reader, LIFETIME));
      },
      close: async (peer) => {
        const entry = this.#open.get(peer.id);
        if (entry === undefined) return;
        this.#open.delete(peer.id);
        await query((database) => removeReaders(database, [entry.reader]));
      },
    };
  }

  async end(): Promise<void> {
    clearInterval(this.#renewal);
    this.#unfollow();
    const gone = this.#readers();
    this.#open.clear();
    if (gone.length > 0) {
      await this.#attempt("readers not removed", (database) => removeReaders(database, gone));
    }
  }

  #readers(): Reader[] {
    return [...this.#open.values()].map(({ reader }) => reader);
  }

  /** Sends the readers of these notices to those who are connected here. */
  async #refresh(notices: readonly number[]): Promise<void> {
    for (const notice of new Set(notices)) {
      const peers = [...this.#open.values()].filter(({ reader }) => reader.noticeId === notice);
      if (peers.length === 0) continue;
      await this.#attempt("readers not sent", async (database) => {
        const message = JSON.stringify(await readersOf(database, notice));
        for (const { peer } of peers) peer.send(message);
      });
    }
  }

  async #attempt(failure: string, work: Parameters<Query>[0]): Promise<void> {
    try {
      await this.#query(work);
    } catch (error) {
      this.#logger.warn(failure, { reason: String(error) });
    }
  }
}
