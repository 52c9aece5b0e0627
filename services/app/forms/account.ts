import { LIMITS } from "../models/text-lengths.ts";
import { isUserName, preparedName } from "../models/user-name.ts";
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

const nameError = (name: string) =>
  isUserName(name)
    ? undefined
    : "Use letters of one script, digits, spaces, dots and dashes, and begin with a letter or digit.";

export function parseSignUp(fields: URLSearchParams): AccountForm {
  return parse(fields, preparedName, (name, password) => ({
    name: textError(name, LIMITS.name, "Enter a name.") ?? nameError(name),
    password: passwordError(password, name),
  }));
}

/** The name may be that of an old account, which the rules of today do not allow. */
export function parseSignIn(fields: URLSearchParams): AccountForm {
  const asEntered = (name: string) => name.normalize("NFC");
  return parse(fields, asEntered, (name, password) => ({
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
  prepare: (name: string) => string,
  check: (name: string, password: string) => Record<"name" | "password", string | undefined>,
): AccountForm {
  const name = prepare(line(fields.get("name")));
  const password = fields.get("password") ?? "";
  return { values: { name, password: "" }, errors: errorsOf(check(name, password)), password };
}
