import { DatabaseUnavailable } from "../database/failure.ts";
import { type AccountForm, emptyAccount, parseSignIn, parseSignUp } from "../forms/account.ts";
import { readForm } from "../forms/body.ts";
import { isValid } from "../forms/fields.ts";
import { clientOf } from "../limits/client.ts";
import { inWords, TooMany } from "../limits/too-many.ts";
import { cookieOf, dropCookie, writeCookie } from "../middleware/cookies.ts";
import { redirectWith } from "../middleware/flash.ts";
import { countWithin } from "../models/attempt.ts";
import { isDeviceOf, rememberDevice } from "../models/device.ts";
import { hashPassword, TooManyHashes, verifyPassword } from "../models/password.ts";
import { beginSession, endSession } from "../models/session.ts";
import { countSignIn, forgiveSignIn } from "../models/sign-in.ts";
import { addUser, type User, userByName } from "../models/user.ts";
import { signInPage, signUpPage } from "../templates/account.ts";
import type { ViewContext } from "../view-context.ts";
import { readButton } from "./access.ts";
import { RETRY_AFTER } from "./errors.ts";

/** Seconds. */
const HOUR = 3600;
/** Seconds: as long as browsers keep a cookie (RFC 6265bis, 5.5). */
const DEVICE_LIFETIME = 400 * 86_400;

/** Both forms are shown while the database is down, too. */
export const showSignIn = (c: ViewContext): Response | Promise<Response> =>
  c.html(signInPage(c.var.page, emptyAccount, nextOf(new URL(c.req.url).searchParams)));

export const showSignUp = (c: ViewContext): Response | Promise<Response> =>
  c.html(signUpPage(c.var.page, emptyAccount, nextOf(new URL(c.req.url).searchParams)));

/** POST /sign-in. The response does not show whether the name or the password was wrong. */
export async function signIn(c: ViewContext): Promise<Response> {
  return readAnd(c, parseSignIn, signInPage, async (form, show, next) => {
    const { name } = form.values;
    const { values } = c.var.parts;
    const user = await c.var.query((database) => userByName(database, name));
    const device = user && (await deviceOf(c, user));
    const attempt = { user, name, client: clientOf(c.req.raw.headers), device };
    const wait = await c.var.query((database) => countSignIn(database, attempt, values));
    if (wait > 0) throw new TooMany("Too many attempts to sign in.", wait);
    const isRight = await hashing(c, () => verifyPassword(form.password, user?.passwordHash));
    if (user === undefined || !isRight) {
      const errors = { password: "The name or the password is wrong." };
      return show({ ...form, errors }, 422);
    }
    await c.var.query((database) => forgiveSignIn(database, attempt));
    return startSession(c, user, { flash: "signed-in", next, device });
  });
}

export async function signUp(c: ViewContext): Promise<Response> {
  return readAnd(c, parseSignUp, signUpPage, async (form, show, next) => {
    await countSignUp(c);
    const passwordHash = await hashing(c, () => hashPassword(form.password));
    const { name } = form.values;
    const user = await c.var.query((database) => addUser(database, { name, passwordHash }));
    if (user !== undefined) {
      return startSession(c, user, { flash: "signed-up", next, device: undefined });
    }
    const errors = {
      name: "This name is already taken, or looks like one that is. Please choose another one.",
    };
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
    if (error instanceof TooMany) {
      c.header("Retry-After", String(error.retryAfter));
      const alert = `${error.message} Please try again ${inWords(error.retryAfter)}.`;
      return show({ ...form, alert }, 429);
    }
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

/** @throws TooMany */
async function countSignUp(c: ViewContext): Promise<void> {
  const most = { [`sign-up ${clientOf(c.req.raw.headers)}`]: c.var.parts.values.signUpsPerClient };
  const wait = await c.var.query((database) => countWithin(database, most, HOUR));
  if (wait > 0) throw new TooMany("Too many accounts were created from your network.", wait);
}

/** Hashes for one client leave room for those of others. @throws TooMany, TooManyHashes */
async function hashing<T>(c: ViewContext, work: () => Promise<T>): Promise<T> {
  const holder = { client: clientOf(c.req.raw.headers), user: undefined };
  const release = c.var.parts.shares.hashes.acquire(holder);
  if (release === "worker") throw new TooManyHashes("too many passwords are being hashed");
  if (typeof release === "string") throw new TooMany("Too many attempts at once.", 1);
  try {
    return await work();
  } finally {
    release();
  }
}

/** The token of this browser, if the user has signed in from it before. */
async function deviceOf(c: ViewContext, user: Pick<User, "id">): Promise<string | undefined> {
  const token = cookieOf(c.req.raw.headers, "device");
  if (token === undefined) return undefined;
  return (await c.var.query((database) => isDeviceOf(database, user.id, token)))
    ? token
    : undefined;
}

/** Signs a user in with a new session, and ends the one that the browser had. */
async function startSession(
  c: ViewContext,
  user: Pick<User, "id">,
  {
    flash,
    next,
    device,
  }: { flash: "signed-in" | "signed-up"; next: string } & {
    /** The browser's token, if it is known. */
    device: string | undefined;
  },
): Promise<Response> {
  const { sessionLifetime } = c.var.parts.values;
  const before = cookieOf(c.req.raw.headers, "session");
  const [token, remembered] = await c.var.query(async (database) => {
    if (before !== undefined) await endSession(database, before);
    const begun = await beginSession(database, user.id, sessionLifetime);
    return [begun, await rememberDevice(database, user.id, device)] as const;
  });
  writeCookie(c, "session", token, sessionLifetime);
  writeCookie(c, "device", remembered, DEVICE_LIFETIME);
  return redirectWith(c, flash, next || c.var.page.url("notices"));
}

/** A path of this site; it cannot name another host. */
const LOCAL_PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

/** The path of the next page; "" if there is none, or none of this site. */
function nextOf(fields: URLSearchParams): string {
  const next = fields.get("next") ?? "";
  return LOCAL_PATH.test(next) ? next : "";
}
