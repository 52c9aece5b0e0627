import { html } from "hono/html";
import { type AccountForm, PASSWORD } from "../forms/account.ts";
import { LIMITS } from "../models/schema.ts";
import { errorSummary, input } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

interface AccountView {
  readonly form: AccountForm;
  /** The path of the next page; the view has checked it. */
  readonly next: string;
  /** A message above the form, or "". */
  readonly alert: string;
}

export function signInPage(page: Page, view: AccountView): Markup {
  return accountPage(page, view, {
    title: "Sign in",
    action: page.url("signIn"),
    name: "",
    password: "",
    autocomplete: "current-password",
    other: html`No account yet? <a href="${withNext(page.url("signUp"), view.next)}">Sign up</a>`,
  });
}

export function signUpPage(page: Page, view: AccountView): Markup {
  return accountPage(page, view, {
    title: "Sign up",
    action: page.url("signUp"),
    name: `Everyone can see it. Up to ${LIMITS.name} characters`,
    password: `At least ${PASSWORD.shortest} characters. A sentence is easy to remember`,
    autocomplete: "new-password",
    other: html`Already have an account? <a href="${withNext(page.url("signIn"), view.next)}">Sign in</a>`,
  });
}

const withNext = (path: string, next: string): string =>
  next === "" ? path : `${path}?next=${encodeURIComponent(next)}`;

function accountPage(
  page: Page,
  { form, next, alert }: AccountView,
  words: {
    readonly title: string;
    readonly action: string;
    readonly name: string;
    readonly password: string;
    readonly autocomplete: string;
    readonly other: Markup;
  },
): Markup {
  const { title, action, autocomplete, other } = words;
  const content = html`
      <div class="narrow account-page">
        <h1>${title}</h1>
        ${errorSummary(form, alert)}
        <form method="post" action="${action}" accept-charset="utf-8">
          ${next !== "" && html`<input type="hidden" name="next" value="${next}">`}
          ${input(form, { name: "name", label: "Name", hint: words.name, autocomplete: "username" })}
          ${input(form, {
            name: "password",
            label: "Password",
            hint: words.password,
            autocomplete,
            type: "password",
          })}
          <p class="buttons"><button>${title}</button></p>
        </form>
        <p>${other}</p>
      </div>`;
  return layout(page, { title, content });
}
