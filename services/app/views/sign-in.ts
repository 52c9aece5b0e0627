import type { ViewContext } from "../context.ts";
import { type AccountForm, emptyAccount, parseSignIn, withError } from "../forms/account.ts";
import { readForm } from "../forms/body.ts";
import { isValid } from "../forms/form.ts";
import { dropCookie } from "../middleware/cookies.ts";
import { redirectWith } from "../middleware/flash.ts";
import { verifyPassword } from "../models/password.ts";
import { endSession } from "../models/session.ts";
import { countAttempt, forgiveAttempt } from "../models/sign-in-attempt.ts";
import { userByName } from "../models/user.ts";
import { signInPage } from "../templates/account.ts";
import { readButton } from "./access.ts";
import { enter, keepingForm, nextOf } from "./account.ts";

/** GET /sign-in: works while the database is down. */
export function showSignIn(c: ViewContext): Response | Promise<Response> {
  const next = nextOf(new URL(c.req.url).searchParams);
  return show(c, emptyAccount, next, 200);
}

/** POST /sign-in. Which of name and password was wrong is not told. */
export async function signIn(c: ViewContext): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parseSignIn(fields);
  const next = nextOf(fields);
  if (!isValid(form)) return show(c, form, next, 422);
  const out = (status: 503, alert: string) => show(c, form, next, status, alert);
  return keepingForm(c, out, () => attempt(c, form, next));
}

async function attempt(c: ViewContext, form: AccountForm, next: string): Promise<Response> {
  const { name } = form.values;
  const { signInAttempts, signInAttemptsPerClient, signInWindow } = c.var.parts.values;
  const limits = {
    account: signInAttempts,
    client: signInAttemptsPerClient,
    window: signInWindow,
  };
  const counted = await c.var.ask((database) => countAttempt(database, name, clientOf(c), limits));
  if (!counted.allowed) return tooMany(c, form, next, counted.retryAfter);
  const user = await c.var.ask((database) => userByName(database, name));
  const right = await verifyPassword(form.password, user?.passwordHash);
  if (user === undefined || !right) {
    const wrong = withError(form, "password", "Name and password do not fit together.");
    return show(c, wrong, next, 422);
  }
  await c.var.ask((database) => forgiveAttempt(database, name, clientOf(c)));
  return enter(c, user, "signed-in", next);
}

/** POST /sign-out */
export async function signOut(c: ViewContext): Promise<Response> {
  await readButton(c);
  const { token = "" } = c.var.visitor;
  await c.var.ask((database) => endSession(database, token));
  dropCookie(c, "session");
  return redirectWith(c, "signed-out", c.var.page.url("notices"));
}

function tooMany(
  c: ViewContext,
  form: AccountForm,
  next: string,
  retryAfter: number,
): Response | Promise<Response> {
  c.header("Retry-After", String(retryAfter));
  const minutes = Math.ceil(retryAfter / 60);
  const wait = minutes === 1 ? "a minute" : `${minutes} minutes`;
  return show(c, form, next, 429, `Too many attempts to sign in. Try again in ${wait}.`);
}

function show(
  c: ViewContext,
  form: AccountForm,
  next: string,
  status: 200 | 422 | 429 | 503,
  alert = "",
): Response | Promise<Response> {
  return c.html(signInPage(c.var.page, { form, next, alert }), status);
}

/** The client's address, as the web server has seen it. */
const clientOf = (c: ViewContext): string =>
  c.req.header("x-forwarded-for")?.split(",")[0]?.trim() ?? "unknown";
