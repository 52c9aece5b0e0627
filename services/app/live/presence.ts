import { randomUUID } from "node:crypto";
import type { Hooks, Peer } from "crossws";
import type { Logger } from "../context.ts";
import type { Query } from "../database/access.ts";
import { clientOf } from "../limits/client.ts";
import type { Holder, Shares } from "../limits/shares.ts";
import { addReader, keepReaders, type Reader, readersOf, removeReaders } from "../models/reader.ts";
import type { User } from "../models/user.ts";
import type { Feed } from "./feed.ts";

/** Seconds after which the readers of a worker that has died are removed. */
const LIFETIME = 30;
/** Milliseconds. */
const RENEWAL = 10_000;

/** WebSocket's code for "Try Again Later" (RFC 6455's registry). */
const TRY_AGAIN_LATER = 1013;

/** A request that may open a connection: which notice, and which user. */
export interface Admission {
  readonly noticeId: number;
  readonly user: User | undefined;
}

interface Entry {
  readonly reader: Reader;
  readonly peer: Peer;
  /** Gives the socket's share back. */
  readonly release: () => void;
}

/**
 * Tracks who reads which notice, over WebSockets, across all workers and replicas.
 * @param admit checks a request; throws a Response to refuse it
 * @param shares the sockets that this worker can have
 */
export function trackReaders(
  query: Query,
  feed: Feed,
  admit: (request: Request) => Promise<Admission>,
  shares: Shares,
  logger: Logger,
): { readonly hooks: Partial<Hooks>; end(): Promise<void> } {
  const open = new Map<string, Entry>();
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
        const holder: Holder = { client: clientOf(request.headers), user: user?.id };
        const shortage = shares.shortage(holder);
        if (shortage !== undefined) throw tooManySockets(shortage === "worker" ? 503 : 429);
        const reader: Reader = { id: randomUUID(), noticeId, userId: user?.id ?? null };
        return { context: { reader, holder } };
      },
      open: async (peer) => {
        const { reader, holder } = peer.context as { reader: Reader; holder: Holder };
        // Others may have opened since the handshake.
        const release = shares.acquire(holder);
        if (typeof release === "string") return peer.close(TRY_AGAIN_LATER, "too many connections");
        open.set(peer.id, { reader, peer, release });
        await query((database) => addReader(database, reader, LIFETIME));
      },
      close: async (peer) => {
        const entry = open.get(peer.id);
        if (entry === undefined) return;
        open.delete(peer.id);
        entry.release();
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

const tooManySockets = (status: 429 | 503): Response =>
  new Response("Too many live connections. Please try again in a minute.\n", {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", "Retry-After": "60" },
  });
