import { randomUUID } from "node:crypto";
import type { Hooks, Peer } from "crossws";
import type { Logger } from "../context.ts";
import type { DatabaseAccess } from "../models/database.ts";
import {
  addReader,
  keepReaders,
  type Reader,
  readersOf,
  removeReader,
  removeReaders,
} from "../models/reader.ts";
import type { User } from "../models/user.ts";
import type { Feed } from "./feed.ts";

/** Seconds after which the readers of a worker that has died are forgotten. */
const LIFETIME = 30;
const BEAT = 10_000;

/** What a request to read along is allowed: the notice, and who asks. */
export interface Admission {
  readonly noticeId: number;
  readonly user: User | undefined;
}

/** Who reads which notice right now, over WebSockets, across all workers and replicas. */
export class Presence {
  readonly #access: Pick<DatabaseAccess, "ask">;
  readonly #logger: Logger;
  readonly #admit: (request: Request) => Promise<Admission>;
  readonly #open = new Map<string, { readonly reader: Reader; readonly peer: Peer }>();
  readonly #stopFollowing: () => void;
  readonly #beat: NodeJS.Timeout;

  /** @param admit judges a request; throws a Response where it is refused */
  constructor(
    access: Pick<DatabaseAccess, "ask">,
    feed: Feed,
    admit: (request: Request) => Promise<Admission>,
    logger: Logger,
  ) {
    this.#access = access;
    this.#admit = admit;
    this.#logger = logger;
    this.#stopFollowing = feed.follow((event) => {
      if (event === "missed") void this.#refresh(this.#notices());
      else if (event.kind === "readers") void this.#refresh([event.notice]);
    });
    this.#beat = setInterval(() => void this.#keep(), BEAT).unref();
  }

  readonly hooks: Partial<Hooks> = {
    upgrade: async (request) => {
      const { noticeId, user } = await this.#admit(request);
      const reader: Reader = { id: randomUUID(), noticeId, userId: user?.id ?? null };
      return { context: { reader } };
    },
    open: async (peer) => {
      const reader = readerOf(peer);
      this.#open.set(peer.id, { reader, peer });
      await this.#access.ask((database) => addReader(database, reader, LIFETIME));
    },
    close: async (peer) => {
      const entry = this.#open.get(peer.id);
      if (entry === undefined) return;
      this.#open.delete(peer.id);
      await this.#access.ask((database) => removeReader(database, entry.reader));
    },
  };

  /** Forgets this worker's readers; the gateway closes their connections. */
  async end(): Promise<void> {
    clearInterval(this.#beat);
    this.#stopFollowing();
    const gone = [...this.#open.values()].map(({ reader }) => reader);
    this.#open.clear();
    if (gone.length > 0) {
      await this.#attempt("readers are not forgotten", (database) => removeReaders(database, gone));
    }
  }

  #notices(): number[] {
    return [...new Set([...this.#open.values()].map(({ reader }) => reader.noticeId))];
  }

  /** Tells those who read these notices here who else does. */
  async #refresh(notices: readonly number[]): Promise<void> {
    for (const notice of notices) {
      const peers = [...this.#open.values()].filter(({ reader }) => reader.noticeId === notice);
      if (peers.length === 0) continue;
      await this.#attempt("readers are not told", async (database) => {
        const words = JSON.stringify(await readersOf(database, notice));
        for (const { peer } of peers) peer.send(words);
      });
    }
  }

  async #keep(): Promise<void> {
    const kept = [...this.#open.values()].map(({ reader }) => reader);
    await this.#attempt("readers are not kept", (database) =>
      keepReaders(database, kept, LIFETIME),
    );
  }

  async #attempt(failure: string, work: Parameters<DatabaseAccess["ask"]>[0]): Promise<void> {
    try {
      await this.#access.ask(work);
    } catch (error) {
      this.#logger.warn(failure, { reason: String(error) });
    }
  }
}

function readerOf({ context }: Peer): Reader {
  return (context as { readonly reader: Reader }).reader;
}
