import { LIMITS } from "../models/schema.ts";
import { errorsOf, type Form, line, textError } from "./fields.ts";

/** In characters (code points). */
export const PASSWORD = { shortest: 10, longest: 200 } as const;

/** The form of sign-up and sign-in. A password is never sent back. */
export interface AccountForm extends Form<"name" | "password"> {
  readonly password: string;
}

export const emptyAccount: AccountForm = {
  values: { name: "", password: "" },
  errors: {},
  password: "",
};

/** Names look different if they are different: no invisible characters. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u;

export function parseSignUp(fields: URLSearchParams): AccountForm {
  return parse(fields, "Enter a name.", (name, password) => ({
    name: NAME.test(name) ? undefined : "Use letters, digits, spaces, dots and dashes.",
    password: passwordError(password, name),
  }));
}

export function parseSignIn(fields: URLSearchParams): AccountForm {
  return parse(fields, "Enter your name.", (_name, password) => ({
    password: password === "" ? "Enter your password." : undefined,
  }));
}

/** NIST SP 800-63B: the length counts; rules about kinds of characters do not help. */
function passwordError(password: string, name: string): string | undefined {
  const length = [...password].length;
  if (length < PASSWORD.shortest) return `Use at least ${PASSWORD.shortest} characters.`;
  if (length > PASSWORD.longest) return `Use at most ${PASSWORD.longest} characters.`;
  const isName = password.toLowerCase() === name.toLowerCase();
  return isName || new Set(password).size === 1 ? "This password is too easy to guess." : undefined;
}

function parse(
  fields: URLSearchParams,
  whenNameless: string,
  check: (
    name: string,
    password: string,
  ) => Partial<Record<"name" | "password", string | undefined>>,
): AccountForm {
  const name = line(fields.get("name")).normalize("NFC");
  const password = fields.get("password") ?? "";
  const messages = check(name, password);
  const nameError = textError(name, LIMITS.name, whenNameless) ?? messages.name;
  const errors = errorsOf({ name: nameError, password: messages.password });
  return { values: { name, password: "" }, errors, password };
}
