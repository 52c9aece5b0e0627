import { randomUUID } from "node:crypto";

/** A form with the entered values, a message for each field that needs one, and one above all. */
export interface Form<Field extends string> {
  readonly values: Readonly<Record<Field, string>>;
  readonly errors: Readonly<Partial<Record<Field, string>>>;
  readonly alert?: string | undefined;
}

export function errorsOf<Field extends string>(
  messages: Readonly<Record<Field, string | undefined>>,
): Form<Field>["errors"] {
  const found = Object.entries(messages).filter(([, message]) => message !== undefined);
  return Object.fromEntries(found) as Form<Field>["errors"];
}

export function isValid(form: Form<string>): boolean {
  return Object.keys(form.errors).length === 0;
}

/** Reads one line: no spaces at its ends, one between words. */
export const line = (value: string | null): string => (value ?? "").replaceAll(/\s+/g, " ").trim();

/** Reads several lines. Browsers send a line break as CRLF. */
export const lines = (value: string | null): string =>
  (value ?? "").replaceAll(/\r\n?/g, "\n").trim();

/** A text of invisible characters counts as empty. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** @param limit in characters (code points) @returns the message; undefined for a valid text */
export function textError(value: string, limit: number, whenEmpty: string): string | undefined {
  if (!VISIBLE.test(value)) return whenEmpty;
  const length = [...value].length;
  return length > limit ? `Use at most ${limit} characters. You entered ${length}.` : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The one-time token of a form that creates something. The database accepts each token once, so a
 * form that is sent twice creates one thing. A client without a token gets a new one.
 */
export function tokenOf(fields: URLSearchParams): string {
  const token = fields.get("token") ?? "";
  return UUID.test(token) ? token : randomUUID();
}
