import { NAME_LIMIT, TEXT_LIMIT } from "../models/notice.ts";

/** A form as it stands: what was entered, and the message beside each field that needs one. */
export interface NoticeForm {
  readonly values: { readonly name: string; readonly text: string };
  readonly errors: { readonly name?: string; readonly text?: string };
}

export const emptyNotice: NoticeForm = { values: { name: "", text: "" }, errors: {} };

/** Reads the fields of the notice form; what was entered stays, whether it is valid or not. */
export function parseNotice(fields: URLSearchParams): NoticeForm {
  const name = (fields.get("name") ?? "").replaceAll(/\s+/g, " ").trim();
  // Browsers send CRLF for the one character that a line break is.
  const text = (fields.get("text") ?? "").replaceAll(/\r\n?/g, "\n").trim();
  const wrongName = complaint(name, NAME_LIMIT, "Enter your name.");
  const wrongText = complaint(text, TEXT_LIMIT, "Enter your message.");
  return {
    values: { name, text },
    errors: { ...(wrongName && { name: wrongName }), ...(wrongText && { text: wrongText }) },
  };
}

export function isValid(form: NoticeForm): boolean {
  return Object.keys(form.errors).length === 0;
}

/** Letters, digits, punctuation or symbols; a name of invisible characters is no name. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

function complaint(value: string, limit: number, whenEmpty: string): string | undefined {
  if (!VISIBLE.test(value)) return whenEmpty;
  const length = [...value].length;
  if (length > limit) return `At most ${limit} characters, please: these are ${length}.`;
  return undefined;
}
