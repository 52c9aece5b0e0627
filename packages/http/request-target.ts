import type { Scheme } from "./authority.ts";

/** The forms of RFC 9112, section 3.2, that an origin server accepts. */
export type TargetForm = "origin" | "absolute" | "asterisk" | "none";

const ABSOLUTE = /^(https?):\/\/([^/?]*)(.*)$/i;

export interface AbsoluteTarget {
  readonly scheme: Scheme;
  readonly authority: string;
  readonly rest: string;
}

export function targetForm(target: string): TargetForm {
  if (target.startsWith("/")) return "origin";
  if (target === "*") return "asterisk";
  return ABSOLUTE.test(target) ? "absolute" : "none";
}

/** @returns undefined for every other form */
export function absoluteTarget(target: string): AbsoluteTarget | undefined {
  const [, scheme = "", authority = "", rest = ""] = ABSOLUTE.exec(target) ?? [];
  if (scheme === "") return undefined;
  return { scheme: scheme.toLowerCase() === "https" ? "https" : "http", authority, rest };
}

/** The target without its scheme and authority, which Host repeats: RFC 9112, section 3.2.1. */
export function originForm(method: string, target: string): string {
  if (target.startsWith("/")) return target;
  const absolute = absoluteTarget(target);
  if (absolute === undefined) return target;
  if (absolute.rest === "") return method === "OPTIONS" ? "*" : "/";
  return absolute.rest.startsWith("/") ? absolute.rest : `/${absolute.rest}`;
}
