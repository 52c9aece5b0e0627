import { html } from "hono/html";
import { type AccountForm, PASSWORD } from "../forms/account.ts";
import { LIMITS } from "../models/text-lengths.ts";
import { errorSummary, input } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

/** @param next the path of the next page, or ""; the view has checked it */
export function signInPage(page: Page, form: AccountForm, next: string): Markup {
  return accountPage(page, form, next, {
    title: "Sign in",
    action: page.url("signIn"),
    name: "",
    password: "",
    autocomplete: "current-password",
    other: html`No account yet? <a href="${withNext(page.url("signUp"), next)}">Sign up</a>`,
  });
}

export function signUpPage(page: Page, form: AccountForm, next: string): Markup {
  return accountPage(page, form, next, {
    title: "Sign up",
    action: page.url("signUp"),
    name: `Everyone can see it. Up to ${LIMITS.name} characters`,
    password: `At least ${PASSWORD.shortest} characters. A sentence is easy to remember`,
    autocomplete: "new-password",
    other: html`Already have an account? <a href="${withNext(page.url("signIn"), next)}">Sign in</a>`,
  });
}

const withNext = (path: string, next: string): string =>
  next === "" ? path : `${path}?next=${encodeURIComponent(next)}`;

function accountPage(
  page: Page,
  form: AccountForm,
  next: string,
  words: Record<"title" | "action" | "name" | "password" | "autocomplete", string> & {
    readonly other: Markup;
  },
): Markup {
  const { title, action, autocomplete, other } = words;
  const content = html`
      <div class="narrow account-page">
        <h1>${title}</h1>
        ${errorSummary(form)}
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
