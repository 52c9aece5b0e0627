import type { ViewContext } from "../context.ts";
import { type AccountForm, emptyAccount, parseSignUp, withError } from "../forms/account.ts";
import { readForm } from "../forms/body.ts";
import { isValid } from "../forms/form.ts";
import { hashPassword } from "../models/password.ts";
import { addUser } from "../models/user.ts";
import { signUpPage } from "../templates/account.ts";
import { enter, keepingForm, nextOf } from "./account.ts";

/** GET /sign-up: works while the database is down. */
export function showSignUp(c: ViewContext): Response | Promise<Response> {
  const next = nextOf(new URL(c.req.url).searchParams);
  return show(c, emptyAccount, next, 200);
}

/** POST /sign-up */
export async function signUp(c: ViewContext): Promise<Response> {
  const fields = await readForm(c.req.raw);
  const form = parseSignUp(fields);
  const next = nextOf(fields);
  if (!isValid(form)) return show(c, form, next, 422);
  const out = (status: 503, alert: string) => show(c, form, next, status, alert);
  return keepingForm(c, out, async () => {
    const passwordHash = await hashPassword(form.password);
    const { name } = form.values;
    const user = await c.var.ask((database) => addUser(database, { name, passwordHash }));
    if (user !== undefined) return enter(c, user, "signed-up", next);
    return show(c, withError(form, "name", "This name is taken: choose another."), next, 422);
  });
}

function show(
  c: ViewContext,
  form: AccountForm,
  next: string,
  status: 200 | 422 | 503,
  alert = "",
): Response | Promise<Response> {
  return c.html(signUpPage(c.var.page, { form, next, alert }), status);
}
