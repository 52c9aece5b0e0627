import type { MiddlewareHandler } from "hono";
import type { SiteEnv, ViewContext } from "../view-context.ts";
import { cookieOf, dropCookie, writeCookie } from "./cookies.ts";

/** Seconds that a message waits for the next page. */
const LIFETIME = 60;

/** The cookie holds a name of this table, so no one can plant a text of their own. */
const messages = {
  "signed-up": "Welcome! Your account is ready and you are signed in.",
  "signed-in": "You are signed in.",
  "signed-out": "You are signed out.",
  "notice-posted": "Your notice is on the board.",
  "notice-posted-before": "Your notice is already on the board: it was sent twice.",
  "notice-saved": "Your changes are saved.",
  "notice-deleted": "The notice is deleted.",
  "notice-hidden": "The notice is hidden. Only its author and moderators can see it.",
  "notice-shown": "The notice is on the board again.",
  "comment-posted": "Your comment is posted.",
  "comment-posted-before": "Your comment is already posted: it was sent twice.",
  "comment-saved": "Your comment is saved.",
  "comment-deleted": "The comment is deleted.",
  "comment-hidden": "The comment is hidden.",
  "comment-shown": "The comment is visible again.",
} as const;

export type FlashName = keyof typeof messages;

/** Redirects to a page that shows the message once (Django's messages). */
export function redirectWith(c: ViewContext, flash: FlashName, location: string): Response {
  writeCookie(c, "flash", flash, LIFETIME);
  return c.redirect(location, 303);
}

/** Reads the message of the previous page, and deletes it once a page has shown it. */
export const flash: MiddlewareHandler<SiteEnv> = async (c, next) => {
  const name = cookieOf(c.req.raw.headers, "flash");
  c.set("flash", Object.entries(messages).find(([known]) => known === name)?.[1]);
  await next();
  const isPage = c.res.headers.get("content-type")?.startsWith("text/html");
  if (name !== undefined && isPage) dropCookie(c, "flash");
};
