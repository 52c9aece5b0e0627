import { check } from "k6";
import type { Cast } from "../cast.ts";
import { anyOf, open, post } from "../visitor.ts";

/** A member signs in, which costs the site a memory-hard hash. */
export function signIn({ members }: Cast): void {
  open("/sign-in", "sign-in form");
  const { name = "", password = "" } = anyOf(members) ?? {};
  const answer = post("/sign-in", "sign in", { name, password });
  check(answer, { "the member is signed in": ({ status }) => status === 303 });
}
