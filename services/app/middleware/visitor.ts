import type { MiddlewareHandler } from "hono";
import { DatabaseUnavailable } from "../database/failure.ts";
import { isSessionSeal, sessionSeal, userOfSession } from "../models/session.ts";
import type { User } from "../models/user.ts";
import type { SiteEnv, ViewContext, Visitor } from "../view-context.ts";
import { cookieOf } from "./cookies.ts";

/** Finds the user of the session cookie. Without a cookie there is no query. */
export const visitor: MiddlewareHandler<SiteEnv> = async (c, next) => {
  c.set("visitor", await visitorOf(c));
  await next();
};

async function visitorOf(c: ViewContext): Promise<Visitor> {
  const token = cookieOf(c.req.raw.headers, "session");
  if (token === undefined) return { user: undefined, token, unknown: undefined };
  try {
    const user = await c.var.query((database) => userOfSession(database, token));
    return { user, token: user && token, unknown: undefined };
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    return { user: undefined, token, unknown: error };
  }
}

/** @returns undefined for a guest @throws DatabaseUnavailable if the session is unknown */
export function signedIn(c: ViewContext): User | undefined {
  const { user, unknown } = c.var.visitor;
  if (unknown !== undefined) throw unknown;
  return user;
}

/** The CSRF token of this session's forms; "" for a guest. */
export function formSeal({ token }: Visitor): string {
  return token === undefined ? "" : sessionSeal(token, "form");
}

/** Whether a form, or an API client, sent the CSRF token of this session. */
export function isSealed({ token }: Visitor, seal: string | null | undefined): boolean {
  return token !== undefined && isSessionSeal(seal ?? "", token, "form");
}
