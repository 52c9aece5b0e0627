import type { Query } from "../database/access.ts";
import { refused } from "../forms/body.ts";
import { clientOf } from "../limits/client.ts";
import { TooMany } from "../limits/too-many.ts";
import type { Message } from "../live/event-streams.ts";
import type { Admission } from "../live/presence.ts";
import { cookieOf } from "../middleware/cookies.ts";
import { isSameOrigin } from "../middleware/security.ts";
import type { BoardEvent } from "../models/event.ts";
import { noticeById } from "../models/notice.ts";
import { userOfSession } from "../models/session.ts";
import { card } from "../templates/board.ts";
import { reverse } from "../urls.ts";
import type { ViewContext } from "../view-context.ts";

/** Seconds after which a page of its own may have been closed. */
const RETRY_LIVE = 60;

export function streamEvents(c: ViewContext): Response {
  const holder = { client: clientOf(c.req.raw.headers), user: c.var.visitor.user?.id };
  const stream = c.var.parts.streams.open(holder);
  if (stream === "worker") throw refused(503, "There are too many live pages right now.");
  if (stream === "client" || stream === "user") {
    throw new TooMany("You have too many live pages open. Please close some.", RETRY_LIVE);
  }
  c.header("Content-Type", "text/event-stream");
  c.header("Cache-Control", "no-store");
  return c.body(stream);
}

/** Makes the message of an event: the notice's card as a guest sees it, the same for everyone. */
export function describeEvent(query: Query) {
  return async ({ kind, notice: id }: BoardEvent): Promise<Message | undefined> => {
    if (kind === "readers") return undefined;
    const found = await query((database) => noticeById(database, id, undefined));
    if (found === undefined) return { event: "gone", data: { id } };
    const html = String(await card(reverse, found, undefined));
    return { event: kind, data: { id, title: found.title, html } };
  };
}

const READERS = /^\/notices\/([1-9]\d{0,14})\/readers$/;

/** GET /notices/:id/readers without a WebSocket handshake. */
export function upgradeRequired(c: ViewContext): never {
  c.header("Upgrade", "websocket");
  throw refused(426, "This address is for WebSockets.");
}

/**
 * Checks a WebSocket handshake. Browsers let any site open one with our cookies, so the origin is
 * checked here too.
 */
export function admitReader(query: Query) {
  return async (request: Request): Promise<Admission> => {
    const [, id] = READERS.exec(new URL(request.url).pathname) ?? [];
    if (id === undefined) throw new Response(null, { status: 404 });
    if (!isSameOrigin(request)) throw new Response(null, { status: 403 });
    const noticeId = Number(id);
    const token = cookieOf(request.headers, "session");
    return query(async (database) => {
      const user = token === undefined ? undefined : await userOfSession(database, token);
      const notice = await noticeById(database, noticeId, user);
      if (notice === undefined) throw new Response(null, { status: 404 });
      return { noticeId, user };
    });
  };
}
