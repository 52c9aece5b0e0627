import { HTTPException } from "hono/http-exception";
import type { ViewContext } from "../context.ts";
import type { Admission } from "../live/presence.ts";
import { cookieOf } from "../middleware/cookies.ts";
import { isOfOurOrigin } from "../middleware/origin.ts";
import type { Ask } from "../models/database.ts";
import { noticeById } from "../models/notice.ts";
import { userOfSession } from "../models/session.ts";

const PATH = /^\/notices\/([1-9]\d{0,14})\/readers$/;

/** GET /notices/:id/readers of a client that does not ask for a WebSocket. */
export function upgradeRequired(c: ViewContext): never {
  c.header("Upgrade", "websocket");
  throw new HTTPException(426, { message: "Open this address as a WebSocket." });
}

/**
 * Judges who wants to read along by WebSocket. Browsers let any site open one with our cookies, so
 * the origin is checked here too.
 */
export function admitReader(ask: Ask) {
  return async (request: Request): Promise<Admission> => {
    const [, id] = PATH.exec(new URL(request.url).pathname) ?? [];
    if (id === undefined) throw new Response(null, { status: 404 });
    if (!isOfOurOrigin(request)) throw new Response(null, { status: 403 });
    const noticeId = Number(id);
    const token = cookieOf(request.headers, "session");
    return ask(async (database) => {
      const user = token === undefined ? undefined : await userOfSession(database, token);
      const notice = await noticeById(database, noticeId, user);
      if (notice === undefined) throw new Response(null, { status: 404 });
      return { noticeId, user };
    });
  };
}
