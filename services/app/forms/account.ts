import { LIMITS } from "../models/schema.ts";
import { errorsOf, type Form } from "./form.ts";
import { complaint, line } from "./text.ts";

export const PASSWORD = { shortest: 10, longest: 200 } as const;

/** Sign-up and sign-in. A password is never sent back. */
export interface AccountForm extends Form<"name" | "password"> {
  readonly password: string;
}

export const emptyAccount: AccountForm = {
  values: { name: "", password: "" },
  errors: {},
  password: "",
};

/** A name can be written in addresses and is not mistaken for another: letters, digits, . _ - */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u;

export function parseSignUp(fields: URLSearchParams): AccountForm {
  const { name, password } = read(fields);
  const odd = NAME.test(name) ? undefined : "Use letters, digits, spaces, dots and dashes.";
  const errors = errorsOf({
    name: complaint(name, LIMITS.name, "Choose a name.") ?? odd,
    password: badPassword(password, name),
  });
  return { values: { name, password: "" }, errors, password };
}

export function parseSignIn(fields: URLSearchParams): AccountForm {
  const { name, password } = read(fields);
  const errors = errorsOf({
    name: complaint(name, LIMITS.name, "Enter your name."),
    password: password === "" ? "Enter your password." : undefined,
  });
  return { values: { name, password: "" }, errors, password };
}

/** The form again, with another message. */
export function withError(
  form: AccountForm,
  field: "name" | "password",
  message: string,
): AccountForm {
  return { ...form, errors: { ...form.errors, [field]: message } };
}

/** NIST SP 800-63B: length counts, rules about kinds of characters do not. */
function badPassword(password: string, name: string): string | undefined {
  const length = [...password].length;
  if (length < PASSWORD.shortest) return `Use at least ${PASSWORD.shortest} characters.`;
  if (length > PASSWORD.longest) return `Use at most ${PASSWORD.longest} characters.`;
  const same = password.toLowerCase() === name.toLowerCase();
  return same || new Set(password).size === 1 ? "This is too easy to guess." : undefined;
}

function read(fields: URLSearchParams) {
  return {
    name: line(fields.get("name")).normalize("NFC"),
    password: fields.get("password") ?? "",
  };
}
