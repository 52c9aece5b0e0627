import { randomUUID } from "node:crypto";
import { BadPicture } from "../media/picture-store.ts";
import type { Notice } from "../models/notice.ts";
import { LIMITS } from "../models/schema.ts";
import { errorsOf, type Form } from "./form.ts";
import { complaint, line, lines } from "./text.ts";
import { tokenOf } from "./token.ts";

type Field = "title" | "body" | "picture";

/** The form of a notice, new or old. */
export interface NoticeForm extends Form<Field> {
  readonly isPrivate: boolean;
  /** The author wants no picture any more. */
  readonly removes: boolean;
  /** A picture that was uploaded with this form before it was sent again. */
  readonly kept: string | undefined;
  /** The one-time token. */
  readonly token: string;
}

/** The empty form, with a new token. */
export function emptyNotice(): NoticeForm {
  const values = { title: "", body: "", picture: "" };
  const token = randomUUID();
  return { values, errors: {}, isPrivate: false, removes: false, kept: undefined, token };
}

/** The form filled with what the notice says now. */
export function formOfNotice({ title, body, picturePrivate }: Notice): NoticeForm {
  return { ...emptyNotice(), values: { title, body, picture: "" }, isPrivate: picturePrivate };
}

/**
 * Reads the fields of the form; what was entered stays, whether it is valid or not.
 * @param picture what has become of the picture that was sent along
 * @param kept the picture that an earlier try has stored, where its seal is right
 */
export function parseNotice(
  fields: URLSearchParams,
  picture: string | BadPicture | undefined,
  kept: string | undefined,
): NoticeForm {
  const title = line(fields.get("title"));
  const body = lines(fields.get("body"));
  const errors = errorsOf<Field>({
    title: complaint(title, LIMITS.title, "Enter a title."),
    body: complaint(body, LIMITS.body, "Enter your message."),
    picture: picture instanceof BadPicture ? picture.message : undefined,
  });
  return {
    values: { title, body, picture: "" },
    errors,
    isPrivate: fields.get("private") === "yes",
    removes: fields.get("remove") === "yes",
    kept: typeof picture === "string" ? picture : kept,
    token: tokenOf(fields),
  };
}
