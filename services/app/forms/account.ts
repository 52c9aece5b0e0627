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
const nameError = (name: string) =>
  NAME.test(name) ? undefined : "Use letters, digits, spaces, dots and dashes.";

export function parseSignUp(fields: URLSearchParams): AccountForm {
  return parse(fields, (name, password) => ({
    name: textError(name, LIMITS.name, "Enter a name.") ?? nameError(name),
    password: passwordError(password, name),
  }));
}

export function parseSignIn(fields: URLSearchParams): AccountForm {
  return parse(fields, (name, password) => ({
    name: textError(name, LIMITS.name, "Enter your name."),
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
  check: (name: string, password: string) => Record<"name" | "password", string | undefined>,
): AccountForm {
  const name = line(fields.get("name")).normalize("NFC");
  const password = fields.get("password") ?? "";
  return { values: { name, password: "" }, errors: errorsOf(check(name, password)), password };
}
