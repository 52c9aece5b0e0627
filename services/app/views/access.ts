import { DatabaseUnavailable } from "../database/failure.ts";
import { readForm, refused } from "../forms/body.ts";
import { isSealed, signedIn } from "../middleware/visitor.ts";
import type { User } from "../models/user.ts";
import { confirmPage } from "../templates/simple-pages.ts";
import type { ViewContext } from "../view-context.ts";
import { RETRY_AFTER } from "./errors.ts";

const CHANGED =
  "Your session has changed since you opened this page. Nothing was saved. Please check your text and send it again.";
const SIGNED_OUT =
  "You are signed out, so nothing was saved. Please sign in in another window, then send this again.";

/** Sends a guest to the sign-in page, and from there back to this page. */
export function redirectToSignIn(c: ViewContext): Response {
  const next = encodeURIComponent(c.req.path);
  return c.redirect(`${c.var.page.url("signIn")}?next=${next}`, 303);
}

/** GET of a deletion: its question, for the author. */
export function confirmDeletion(
  c: ViewContext,
  { what, authorId, text }: { what: string; authorId: number; text: string },
  action: string,
  back: string,
): Response | Promise<Response> {
  requireAuthor(c.var.visitor.user, authorId);
  return c.html(confirmPage(c.var.page, { title: `Delete this ${what}?`, text, action, back }));
}

/** Runs `act`; while the database is down, the form is shown again with what was entered. */
export async function keepingForm(
  c: ViewContext,
  what: "comment" | "notice",
  show: (alert: string) => Response | Promise<Response>,
  act: () => Promise<Response>,
): Promise<Response> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    c.header("Retry-After", RETRY_AFTER);
    return show(
      `The notice board is temporarily unavailable, so your ${what} may not be saved. Please send it again in ${RETRY_AFTER} seconds.`,
    );
  }
}

/** The reason why a form is refused; undefined: it is accepted. @throws DatabaseUnavailable */
export function refusalOf(c: ViewContext, fields: URLSearchParams): string | undefined {
  if (signedIn(c) === undefined) return SIGNED_OUT;
  return isSealed(c.var.visitor, fields.get("csrf")) ? undefined : CHANGED;
}

/** Reads a form that has only a button. @throws HTTPException 403, as readForm(); DatabaseUnavailable */
export async function readButton(
  c: ViewContext,
): Promise<{ readonly user: User; readonly fields: URLSearchParams }> {
  const fields = await readForm(c.req.raw);
  const user = signedIn(c);
  if (user === undefined || !isSealed(c.var.visitor, fields.get("csrf"))) {
    throw refused(403, "Your session has changed since you opened the page.");
  }
  return { user, fields };
}

/** @throws HTTPException 403 for anyone but the author */
export function requireAuthor(user: User | undefined, authorId: number): void {
  if (user?.id !== authorId) throw refused(403, "Only the author can do this.");
}

/** Reads a moderator's button: hidden=yes or hidden=no. @throws as readButton() */
export async function readHidden(c: ViewContext): Promise<boolean> {
  const { user, fields } = await readButton(c);
  if (!user.moderator) throw refused(403, "Only moderators can do this.");
  return fields.get("hidden") === "yes";
}
