import { HTTPException } from "hono/http-exception";
import type { ViewContext } from "../context.ts";
import { readForm } from "../forms/body.ts";
import { isSealed, signedIn } from "../middleware/visitor.ts";
import type { User } from "../models/user.ts";

export const CHANGED =
  "Your session has changed since this page was loaded. Nothing was saved: look over what you wrote and send it again.";
export const SIGNED_OUT =
  "You are not signed in any more. Nothing was saved: sign in in another window, then send this again.";

/** Leads a guest by way of the sign-in to the page that was asked for. */
export function toSignIn(c: ViewContext): Response {
  const next = encodeURIComponent(c.req.path);
  return c.redirect(`${c.var.page.url("signIn")}?next=${next}`, 303);
}

/** Says why a form that was sent may not act; undefined where it may. */
export function refusalOf(c: ViewContext, fields: URLSearchParams): string | undefined {
  if (signedIn(c) === undefined) return SIGNED_OUT;
  return isSealed(c.var.visitor, fields.get("csrf")) ? undefined : CHANGED;
}

/**
 * Reads a form that is nothing but a button, of somebody who is signed in.
 * @throws HTTPException 403, and what readForm() throws; DatabaseUnavailable
 */
export async function readButton(
  c: ViewContext,
): Promise<{ readonly user: User; readonly fields: URLSearchParams }> {
  const fields = await readForm(c.req.raw);
  const user = signedIn(c);
  const refusal = refusalOf(c, fields);
  if (user === undefined || refusal !== undefined) {
    throw new HTTPException(403, {
      message: "Your session has changed since the page was loaded.",
    });
  }
  return { user, fields };
}

/** @throws HTTPException 403 for somebody else's */
export function refuseOthers(user: User | undefined, authorId: number): void {
  if (user?.id !== authorId)
    throw new HTTPException(403, { message: "Only the author may do that." });
}

/** @throws HTTPException 403 */
export function refuseNonModerators(user: User): void {
  if (!user.moderator) throw new HTTPException(403, { message: "Only moderators may do that." });
}
