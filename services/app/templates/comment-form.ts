import { html } from "hono/html";
import type { CommentForm } from "../forms/comment.ts";
import { commentField } from "./comments.ts";
import { errorSummary, seal } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** The page of one comment alone: to write it anew, or to send again what could not be saved. */
export function commentFormPage(
  page: Page,
  {
    form,
    ...words
  }: {
    readonly form: CommentForm;
    readonly title: string;
    readonly verb: string;
    readonly action: string;
    readonly back: string;
    /** A message above the form, or "". */
    readonly alert: string;
  },
): Markup {
  const { title, verb, action, back, alert } = words;
  const content = html`
      <div class="narrow">
        <h1>${title}</h1>
        ${errorSummary(form, alert)}
        <form method="post" action="${action}" accept-charset="utf-8">
          ${seal(page)}
          <input type="hidden" name="token" value="${form.token}">
          ${commentField(form)}
          <p class="buttons"><button>${verb}</button> <a href="${back}">Cancel</a></p>
        </form>
      </div>`;
  return layout(page, { title, content });
}
