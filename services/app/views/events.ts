import { HTTPException } from "hono/http-exception";
import type { ViewContext } from "../context.ts";
import type { Message } from "../live/event-streams.ts";
import type { Ask } from "../models/database.ts";
import type { BoardEvent } from "../models/event.ts";
import { noticeById } from "../models/notice.ts";
import { card } from "../templates/card.ts";
import type { Page } from "../templates/page.ts";

/** GET /events: what changes on the board, as it happens, for as long as the page is open. */
export function streamEvents(c: ViewContext): Response {
  const stream = c.var.parts.streams.open();
  if (stream === undefined) {
    throw new HTTPException(503, { message: "No more pages are kept up to date here." });
  }
  c.header("Content-Type", "text/event-stream");
  c.header("Cache-Control", "no-store");
  return c.body(stream);
}

/**
 * What pages are told of an event: the notice's card as a guest sees it, so that it is made once
 * for everybody.
 */
export function describeEvent(ask: Ask, url: Page["url"]) {
  return async ({ kind, notice: id }: BoardEvent): Promise<Message | undefined> => {
    if (kind === "readers") return undefined;
    const found = await ask((database) => noticeById(database, id, undefined));
    if (found === undefined) return { event: "gone", data: { id } };
    const html = String(await card(url, found, undefined));
    return { event: kind, data: { id, title: found.title, html } };
  };
}
