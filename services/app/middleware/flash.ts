import type { MiddlewareHandler } from "hono";
import type { SiteEnv, ViewContext } from "../context.ts";
import { cookieOf, dropCookie, writeCookie } from "./cookies.ts";

/** Seconds within which the next page is expected. */
const LIFETIME = 60;

/** What the next page may say. The cookie holds a name of this table, so nobody can plant words. */
const messages = {
  "signed-up": "Welcome! Your account is ready and you are signed in.",
  "signed-in": "You are signed in.",
  "signed-out": "You are signed out.",
  "notice-posted": "Your notice is on the board.",
  "notice-posted-before": "This notice is on the board already: it was sent twice.",
  "notice-saved": "Your changes are saved.",
  "notice-deleted": "The notice is deleted.",
  "notice-hidden": "The notice is hidden: only its author and moderators see it.",
  "notice-shown": "The notice is on the board again.",
  "comment-posted": "Your comment is posted.",
  "comment-posted-before": "This comment is posted already: its form was sent twice.",
  "comment-saved": "Your comment is saved.",
  "comment-deleted": "The comment is deleted.",
  "comment-hidden": "The comment is hidden.",
  "comment-shown": "The comment is shown again.",
} as const;

export type FlashName = keyof typeof messages;

/** Goes on to a page that says so, once (Django's messages). */
export function redirectWith(c: ViewContext, flash: FlashName, location: string): Response {
  writeCookie(c, "flash", flash, LIFETIME);
  return c.redirect(location, 303);
}

/** Lets the page that is shown next say it, and forgets it. */
export const flash: MiddlewareHandler<SiteEnv> = async (c, next) => {
  const name = cookieOf(c.req.raw.headers, "flash");
  const message = Object.entries(messages).find(([known]) => known === name)?.[1];
  c.set("flash", message);
  await next();
  const shown = c.res.headers.get("content-type")?.startsWith("text/html");
  if (name !== undefined && shown) dropCookie(c, "flash");
};
