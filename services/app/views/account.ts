import type { ViewContext } from "../context.ts";
import { cookieOf, writeCookie } from "../middleware/cookies.ts";
import { redirectWith } from "../middleware/flash.ts";
import { beginSession, endSession } from "../models/session.ts";
import type { User } from "../models/user.ts";

/** A path of this site: no other host can be meant by it. */
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

/** Where to go on to after signing in; "" where nothing that may be followed is given. */
export function nextOf(fields: URLSearchParams): string {
  const next = fields.get("next") ?? "";
  return LOCAL_PATH.test(next) ? next : "";
}

/** Signs somebody in with a new session, whatever session this browser had before. */
export async function enter(
  c: ViewContext,
  user: Pick<User, "id">,
  flash: "signed-in" | "signed-up",
  next: string,
): Promise<Response> {
  const { sessionLifetime } = c.var.parts.values;
  const before = cookieOf(c.req.raw.headers, "session");
  const token = await c.var.ask(async (database) => {
    if (before !== undefined) await endSession(database, before);
    return beginSession(database, user.id, sessionLifetime);
  });
  writeCookie(c, "session", token, sessionLifetime);
  return redirectWith(c, flash, next || c.var.page.url("notices"));
}
