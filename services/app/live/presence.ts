import { randomUUID } from "node:crypto";
import type { Hooks, Peer } from "crossws";
import type { Logger } from "../context.ts";
import type { Query } from "../database/access.ts";
import { addReader, keepReaders, type Reader, readersOf, removeReaders } from "../models/reader.ts";
import type { User } from "../models/user.ts";
import type { Feed } from "./feed.ts";

/** Seconds after which the readers of a worker that has died are removed. */
const LIFETIME = 30;
/** Milliseconds. */
const RENEWAL = 10_000;

/** A request that may open a connection: which notice, and which user. */
export interface Admission {
  readonly noticeId: number;
  readonly user: User | undefined;
}

/**
 * Tracks who reads which notice, over WebSockets, across all workers and replicas.
 * @param admit checks a request; throws a Response to refuse it
 */
export function trackReaders(
  query: Query,
  feed: Feed,
  admit: (request: Request) => Promise<Admission>,
  logger: Logger,
): { readonly hooks: Partial<Hooks>; end(): Promise<void> } {
  const open = new Map<string, { readonly reader: Reader; readonly peer: Peer }>();
  const readers = () => [...open.values()].map(({ reader }) => reader);
  const attempt = async (failure: string, work: Parameters<Query>[0]) => {
    try {
      await query(work);
    } catch (error) {
      logger.warn(failure, { reason: String(error) });
    }
  };
  /** Sends the readers of these notices to those who are connected here. */
  const refresh = async (notices: readonly number[]) => {
    for (const notice of new Set(notices)) {
      const peers = [...open.values()].filter(({ reader }) => reader.noticeId === notice);
      if (peers.length === 0) continue;
      await attempt("readers not sent", async (database) => {
        const message = JSON.stringify(await readersOf(database, notice));
        for (const { peer } of peers) peer.send(message);
      });
    }
  };
  const renew = () =>
    attempt("readers not renewed", (database) => keepReaders(database, readers(), LIFETIME));
  const renewal = setInterval(renew, RENEWAL).unref();
  const unfollow = feed.follow((event) => {
    if (event === "missed") void refresh(readers().map(({ noticeId }) => noticeId));
    else if (event.kind === "readers") void refresh([event.notice]);
  });
  return {
    hooks: {
      upgrade: async (request) => {
        const { noticeId, user } = await admit(request);
        const reader: Reader = { id: randomUUID(), noticeId, userId: user?.id ?? null };
        return { context: { reader } };
      },
      open: async (peer) => {
        const { reader } = peer.context as { readonly reader: Reader };
        open.set(peer.id, { reader, peer });
        await query((database) => addReader(database, reader, LIFETIME));
      },
      close: async (peer) => {
        const entry = open.get(peer.id);
        if (entry === undefined) return;
        open.delete(peer.id);
        await query((database) => removeReaders(database, [entry.reader]));
      },
    },
    end: async () => {
      clearInterval(renewal);
      unfollow();
      const gone = readers();
      open.clear();
      if (gone.length === 0) return;
      await attempt("readers not removed", (database) => removeReaders(database, gone));
    },
  };
}
