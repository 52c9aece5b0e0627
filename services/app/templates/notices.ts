import { html } from "hono/html";
import type { NoticeForm } from "../forms/notice.ts";
import { NAME_LIMIT, type Notice, TEXT_LIMIT } from "../models/notice.ts";
import { ago } from "./ago.ts";
import { layout } from "./layout.ts";
import type { Markup } from "./markup.ts";
import type { Page } from "./page.ts";

/** What the page shows; notices are undefined while the database is out of reach. */
export interface NoticesView {
  readonly notices: readonly Notice[] | undefined;
  readonly form: NoticeForm;
  /** A message above the form, or "". */
  readonly alert: string;
}

type Field = keyof NoticeForm["errors"];

/** The board: the form beside the newest notices. */
export function noticesPage(page: Page, { notices, form, alert }: NoticesView): Markup {
  const failed = alert !== "" || Object.keys(form.errors).length > 0;
  return layout(
    page,
    failed ? "Not posted yet" : "Notice board",
    html`
      <div class="intro">
        <h1>Notice board</h1>
        <p>Short messages from people passing through. Pin yours.</p>
      </div>
      <div class="board">
        <section class="write" aria-labelledby="write">
          <h2 id="write">Pin a notice</h2>
          ${alert && html`<p class="alert" role="alert">${alert}</p>`}
          ${noticeForm(page, form)}
        </section>
        <section aria-labelledby="newest">
          <h2 id="newest">Newest notices</h2>
          ${list(notices)}
        </section>
      </div>`,
  );
}

function noticeForm(page: Page, { values, errors }: NoticeForm): Markup {
  return html`
    <form method="post" action="${page.url("notices")}" accept-charset="utf-8">
      <label for="name">Your name</label>
      <input id="name" name="name" autocomplete="name" value="${values.name}" ${marks("name", errors)}>
      ${message("name", `Up to ${NAME_LIMIT} characters`, errors.name)}
      <label for="text">Message</label>
      <textarea id="text" name="text" rows="5" ${marks("text", errors)}>
${values.text}</textarea>
      ${message("text", `Up to ${TEXT_LIMIT} characters`, errors.text)}
      <button>Post notice</button>
    </form>`;
}

/** The browser puts the cursor into the first field that needs it. */
function marks(field: Field, errors: NoticeForm["errors"]): Markup {
  const invalid = errors[field] !== undefined && html` aria-invalid="true"`;
  const first = Object.keys(errors)[0] === field && html` autofocus`;
  return html`aria-required="true" aria-describedby="${field}-message"${invalid}${first}`;
}

function message(field: Field, hint: string, error: string | undefined): Markup {
  return html`<p id="${field}-message" class="${error ? "error" : "hint"}">${error ?? hint}</p>`;
}

function list(notices: readonly Notice[] | undefined): Markup {
  if (notices === undefined) return html`<p class="empty">They cannot be shown right now.</p>`;
  if (notices.length === 0) return html`<p class="empty">Nothing here yet. Be the first.</p>`;
  return html`<ol class="notices">${notices.map(item)}</ol>`;
}

function item({ id, name, text, postedAt }: Notice): Markup {
  return html`
    <li id="notice-${id}">
      <p class="text" dir="auto">${text}</p>
      <p class="by">
        <bdi>${name}</bdi>
        <time datetime="${postedAt.toISOString()}">${ago(postedAt, new Date())}</time>
      </p>
    </li>`;
}
