import { DatabaseUnavailable } from "../database/failure.ts";
import { type AccountForm, emptyAccount, parseSignIn, parseSignUp } from "../forms/account.ts";
import { readForm } from "../forms/body.ts";
import { isValid } from "../forms/fields.ts";
import { cookieOf, dropCookie, writeCookie } from "../middleware/cookies.ts";
import { redirectWith } from "../middleware/flash.ts";
import { hashPassword, TooManyHashes, verifyPassword } from "../models/password.ts";
import { beginSession, endSession } from "../models/session.ts";
import { countAttempt, forgiveAttempt } from "../models/sign-in-attempt.ts";
import { addUser, type User, userByName } from "../models/user.ts";
import { signInPage, signUpPage } from "../templates/account.ts";
import type { ViewContext } from "../view-context.ts";
import { readButton } from "./access.ts";
import { RETRY_AFTER } from "./errors.ts";

/** Both forms are shown while the database is down, too. */
export const showSignIn = (c: ViewContext): Response | Promise<Response> =>
  c.html(signInPage(c.var.page, emptyAccount, nextOf(new URL(c.req.url).searchParams)));

export const showSignUp = (c: ViewContext): Response | Promise<Response> =>
  c.html(signUpPage(c.var.page, emptyAccount, nextOf(new URL(c.req.url).searchParams)));

/** POST /sign-in. The response does not show whether the name or the password was wrong. */
export async function signIn(c: ViewContext): Promise<Response> {
  return readAnd(c, parseSignIn, signInPage, async (form, show, next) => {
    const { name } = form.values;
    const client = c.req.header("x-forwarded-for")?.split(",")[0]?.trim() ?? "unknown";
    const { values } = c.var.parts;
    const wait = await c.var.query((database) => countAttempt(database, name, client, values));
    if (wait > 0) return tooManyAttempts(c, form, show, wait);
    const user = await c.var.query((database) => userByName(database, name));
    const isRight = await verifyPassword(form.password, user?.passwordHash);
    if (user === undefined || !isRight) {
      const errors = { password: "The name or the password is wrong." };
      return show({ ...form, errors }, 422);
    }
    await c.var.query((database) => forgiveAttempt(database, name, client));
    return startSession(c, user, "signed-in", next);
  });
}

export async function signUp(c: ViewContext): Promise<Response> {
  return readAnd(c, parseSignUp, signUpPage, async (form, show, next) => {
    const passwordHash = await hashPassword(form.password);
    const { name } = form.values;
    const user = await c.var.query((database) => addUser(database, { name, passwordHash }));
    if (user !== undefined) return startSession(c, user, "signed-up", next);
    const errors = { name: "This name is already taken. Please choose another one." };
    return show({ ...form, errors }, 422);
  });
}

export async function signOut(c: ViewContext): Promise<Response> {
  await readButton(c);
  const { token = "" } = c.var.visitor;
  await c.var.query((database) => endSession(database, token));
  dropCookie(c, "session");
  return redirectWith(c, "signed-out", c.var.page.url("notices"));
}

type Show = (form: AccountForm, status: 422 | 429 | 503) => Response | Promise<Response>;

/** Runs `act` for a valid form; if it cannot run now, the form is shown again with its values. */
async function readAnd(
  c: ViewContext,
  parse: typeof parseSignIn,
  page: typeof signInPage,
  act: (form: AccountForm, show: Show, next: string) => Response | Promise<Response>,
): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parse(fields);
  const next = nextOf(fields);
  const show: Show = (shown, status) => c.html(page(c.var.page, shown, next), status);
  if (!isValid(form)) return show(form, 422);
  try {
    return await act(form, show, next);
  } catch (error) {
    const isOut = error instanceof DatabaseUnavailable;
    if (!isOut && !(error instanceof TooManyHashes)) throw error;
    c.header("Retry-After", RETRY_AFTER);
    const reason = isOut
      ? "Accounts are temporarily unavailable."
      : "Many people are signing in right now.";
    const alert = `${reason} Please try again in ${RETRY_AFTER} seconds.`;
    return show({ ...form, alert }, 503);
  }
}

function tooManyAttempts(c: ViewContext, form: AccountForm, show: Show, seconds: number) {
  c.header("Retry-After", String(seconds));
  const minutes = Math.ceil(seconds / 60);
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  const alert = `Too many attempts to sign in. Please try again in ${wait}.`;
  return show({ ...form, alert }, 429);
}

/** Signs a user in with a new session, and ends the one that the browser had. */
async function startSession(
  c: ViewContext,
  user: Pick<User, "id">,
  flash: "signed-in" | "signed-up",
  next: string,
): Promise<Response> {
  const { sessionLifetime } = c.var.parts.values;
  const before = cookieOf(c.req.raw.headers, "session");
  const token = await c.var.query(async (database) => {
    if (before !== undefined) await endSession(database, before);
    return beginSession(database, user.id, sessionLifetime);
  });
  writeCookie(c, "session", token, sessionLifetime);
  return redirectWith(c, flash, next || c.var.page.url("notices"));
}

/** A path of this site; it cannot name another host. */
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

/** The path of the next page; "" if there is none, or none of this site. */
function nextOf(fields: URLSearchParams): string {
  const next = fields.get("next") ?? "";
  return LOCAL_PATH.test(next) ? next : "";
}
