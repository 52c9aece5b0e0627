import type { MiddlewareHandler } from "hono";
import type { SiteEnv, ViewContext } from "../context.ts";
import { DatabaseUnavailable } from "../models/failure.ts";
import { isSessionSeal, sessionSeal, userOfSession } from "../models/session.ts";
import type { User } from "../models/user.ts";
import { cookieOf } from "./cookies.ts";

/** Who asks. */
export interface Visitor {
  /** Undefined for a guest, and for everybody while the database cannot tell. */
  readonly user: User | undefined;
  /** What the session's cookie holds. */
  readonly token: string | undefined;
  /** Why nobody knows who this is: the page is then shown as far as it needs no account. */
  readonly unknown: DatabaseUnavailable | undefined;
}

/** Finds out who asks. Without a cookie the database is not asked. */
export const visitor: MiddlewareHandler<SiteEnv> = async (c, next) => {
  c.set("visitor", await visitorOf(c));
  await next();
};

async function visitorOf(c: ViewContext): Promise<Visitor> {
  const token = cookieOf(c.req.raw.headers, "session");
  if (token === undefined) return { user: undefined, token, unknown: undefined };
  try {
    const user = await c.var.ask((database) => userOfSession(database, token));
    return { user, token: user && token, unknown: undefined };
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    return { user: undefined, token, unknown: error };
  }
}

/**
 * The user of a page that is for the signed in.
 * @returns undefined for a guest
 * @throws DatabaseUnavailable where nobody can tell
 */
export function signedIn(c: ViewContext): User | undefined {
  const { user, unknown } = c.var.visitor;
  if (unknown !== undefined) throw unknown;
  return user;
}

/** The CSRF token of the visitor's forms, "" for a guest: it is bound to the session. */
export function formSeal({ token }: Visitor): string {
  return token === undefined ? "" : sessionSeal(token, "form");
}

/** Whether a form, or an API client, has brought back the CSRF token of this session. */
export function isSealed({ token }: Visitor, seal: string | null | undefined): boolean {
  return token !== undefined && isSessionSeal(seal ?? "", token, "form");
}
