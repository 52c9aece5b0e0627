import { html } from "hono/html";
import type { Form } from "../forms/fields.ts";
import type { Markup, Page } from "./page.ts";

interface Field<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly hint: string;
}

export function input<Name extends string>(
  form: Form<Name>,
  field: Field<Name> & { readonly autocomplete: string; readonly type?: "text" | "password" },
): Markup {
  const { name, autocomplete, type = "text" } = field;
  const control = html`<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${form.values[name]}" aria-required="true" ${marks(form, name)}>`;
  return wrapped(form, field, control);
}

export function textarea<Name extends string>(
  form: Form<Name>,
  field: Field<Name> & { readonly rows: number },
): Markup {
  const { name, rows } = field;
  // Browsers drop a line break at the start of a textarea.
  const control = html`<textarea id="${name}" name="${name}" rows="${rows}" aria-required="true" ${marks(form, name)}>
${form.values[name]}</textarea>`;
  return wrapped(form, field, control);
}

export function fileInput<Name extends string>(
  form: Form<Name>,
  field: Field<Name> & { readonly accept: string },
): Markup {
  const { name, accept } = field;
  const control = html`<input id="${name}" name="${name}" type="file" accept="${accept}" ${marks(form, name)}>`;
  return wrapped(form, field, control);
}

export function checkbox(name: string, label: string, checked: boolean): Markup {
  return html`
      <p class="check">
        <input id="${name}" name="${name}" type="checkbox" value="yes"${checked && html` checked`}>
        <label for="${name}">${label}</label>
      </p>`;
}

/** The errors above a form. It has the focus; each message links to its field. */
export function errorSummary({ errors: messages, alert }: Form<string>): Markup {
  const errors = Object.entries(messages);
  if (errors.length === 0 && alert === undefined) return html``;
  return html`
      <div class="summary" role="alert" tabindex="-1" autofocus>
        <h2>Please check this form</h2>
        ${alert && html`<p>${alert}</p>`}
        ${
          errors.length > 0 &&
          html`<ul>${errors.map(([name, error]) => html`<li><a href="#${name}">${error}</a></li>`)}</ul>`
        }
      </div>`;
}

/** The CSRF token: every form that posts has it. */
export function seal(page: Page): Markup {
  return html`<input type="hidden" name="csrf" value="${page.csrf}">`;
}

/** Links a control to its hint and its error, for screen readers. */
const marks = <Name extends string>(form: Form<Name>, name: Name): Markup =>
  form.errors[name]
    ? html`aria-describedby="${name}-error ${name}-hint" aria-invalid="true"`
    : html`aria-describedby="${name}-hint"`;

function wrapped<Name extends string>(
  form: Form<Name>,
  { name, label, hint }: Field<Name>,
  control: Markup,
): Markup {
  const error = form.errors[name];
  return html`
      <div class="field${error && " wrong"}">
        <label for="${name}">${label}</label>
        <p class="hint" id="${name}-hint">${hint}</p>
        ${error && html`<p class="error" id="${name}-error">${error}</p>`}
        ${control}
      </div>`;
}
