import type { ViewContext } from "../context.ts";
import { cookieOf, writeCookie } from "../middleware/cookies.ts";
import { redirectWith } from "../middleware/flash.ts";
import { DatabaseUnavailable } from "../models/failure.ts";
import { TooManyHashes } from "../models/password.ts";
import { beginSession, endSession } from "../models/session.ts";
import type { User } from "../models/user.ts";
import { RETRY_AFTER } from "./errors.ts";

/** A path of this site: no other host can be meant by it. */
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

/** Where to go on to after signing in; "" where nothing that may be followed is given. */
export function nextOf(fields: URLSearchParams): string {
  const next = fields.get("next") ?? "";
  return LOCAL_PATH.test(next) ? next : "";
}

/**
 * Lets `act` act; where the database, or the hashing, cannot serve now, the form comes back filled.
 * @param show shows the form with a status and a message above it
 */
export async function keepingForm(
  c: ViewContext,
  show: (status: 503, alert: string) => Response | Promise<Response>,
  act: () => Promise<Response>,
): Promise<Response> {
  try {
    return await act();
  } catch (error) {
    const out = error instanceof DatabaseUnavailable;
    if (!out && !(error instanceof TooManyHashes)) throw error;
    c.header("Retry-After", RETRY_AFTER);
    const reason = out ? "Accounts are out of reach" : "Too many people sign in at this moment";
    return show(503, `${reason}: try again in ${RETRY_AFTER} seconds.`);
  }
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
