import { html } from "hono/html";
import type { NoticeForm } from "../forms/notice.ts";
import { formats } from "../media/picture-format.ts";
import { inWords } from "../media/picture-store.ts";
import { LIMITS } from "../models/text-lengths.ts";
import { checkbox, errorSummary, fileInput, input, seal, textarea } from "./field.ts";
import { layout } from "./layout.ts";
import type { Markup, Page } from "./page.ts";

interface NoticeFormView {
  readonly form: NoticeForm;
  /** The notice that is edited; undefined: a new one. */
  readonly id: number | undefined;
  readonly hasPicture: boolean;
  /** The seal of `form.kept`, the picture that was uploaded when the form was sent before. */
  readonly keptSeal: string | undefined;
  /** The largest picture, in bytes. */
  readonly pictureLimit: number;
}

export function noticeFormPage(page: Page, view: NoticeFormView): Markup {
  const { form, id } = view;
  const [title, action, verb, back] =
    id === undefined
      ? ["Post a notice", page.url("newNotice"), "Post notice", page.url("notices")]
      : ["Edit your notice", page.url("editNotice", id), "Save changes", page.url("notice", id)];
  const content = html`
      <div class="narrow">
        <h1>${title}</h1>
        ${errorSummary(form)}
        <form method="post" action="${action}" enctype="multipart/form-data" accept-charset="utf-8">
          ${seal(page)}
          <input type="hidden" name="token" value="${form.token}">
          ${input(form, {
            name: "title",
            label: "Title",
            hint: `Up to ${LIMITS.title} characters`,
            autocomplete: "off",
          })}
          ${textarea(form, {
            name: "body",
            label: "Message",
            hint: `Up to ${LIMITS.body} characters`,
            rows: 8,
          })}
          ${pictureFields(view)}
          <p class="buttons"><button>${verb}</button> <a href="${back}">Cancel</a></p>
        </form>
      </div>`;
  return layout(page, { title, content });
}

function pictureFields({ form, hasPicture, keptSeal, pictureLimit }: NoticeFormView): Markup {
  return html`
          <fieldset>
            <legend>Picture</legend>
            ${
              keptSeal &&
              html`<p class="kept">Your picture is uploaded.</p>
            <input type="hidden" name="kept" value="${form.kept}">
            <input type="hidden" name="kept-seal" value="${keptSeal}">`
            }
            ${fileInput(form, {
              name: "picture",
              label:
                hasPicture || keptSeal ? "Replace the picture (optional)" : "Picture (optional)",
              hint: `JPEG, PNG, GIF or WebP, up to ${inWords(pictureLimit)}`,
              accept: formats.map(({ type }) => type).join(","),
            })}
            ${checkbox("private", "Private: only you and moderators can see the picture", form.isPrivate)}
            ${(hasPicture || keptSeal) && checkbox("remove", "Remove the picture", form.removes)}
          </fieldset>`;
}
