import { randomUUID } from "node:crypto";
import { BadPicture } from "../media/picture-store.ts";
import type { Notice } from "../models/notice.ts";
import { LIMITS } from "../models/text-lengths.ts";
import { errorsOf, type Form, line, lines, textError, tokenOf } from "./fields.ts";

type Field = "title" | "body" | "picture";

export interface NoticeForm extends Form<Field> {
  readonly isPrivate: boolean;
  readonly removes: boolean;
  /** The name of a picture that was uploaded when the form was sent before. */
  readonly kept: string | undefined;
  readonly token: string;
}

export function emptyNotice(): NoticeForm {
  const values = { title: "", body: "", picture: "" };
  const token = randomUUID();
  return { values, errors: {}, isPrivate: false, removes: false, kept: undefined, token };
}

export function formOfNotice({ title, body, picturePrivate }: Notice): NoticeForm {
  return { ...emptyNotice(), values: { title, body, picture: "" }, isPrivate: picturePrivate };
}

/**
 * Reads the form's fields and keeps what was entered, valid or not.
 * @param picture the upload: its name, the reason why it is refused, or undefined
 * @param kept the picture of an earlier attempt, if its seal is valid
 */
export function parseNotice(
  fields: URLSearchParams,
  picture: string | BadPicture | undefined,
  kept: string | undefined,
): NoticeForm {
  const title = line(fields.get("title"));
  const body = lines(fields.get("body"));
  return {
    values: { title, body, picture: "" },
    errors: errorsOf<Field>({
      title: textError(title, LIMITS.title, "Enter a title."),
      body: textError(body, LIMITS.body, "Enter your message."),
      picture: picture instanceof BadPicture ? picture.message : undefined,
    }),
    isPrivate: fields.get("private") === "yes",
    removes: fields.get("remove") === "yes",
    kept: typeof picture === "string" ? picture : kept,
    token: tokenOf(fields),
  };
}
