import { check, fail } from "k6";
import http, { type RefinedResponse } from "k6/http";

export const ORIGIN = "https://web:8443";

export type Page = RefinedResponse<"text">;

/** Somebody who is signed in, as setup() hands them to every virtual user. */
export interface Member {
  readonly name: string;
  readonly password: string;
  readonly session: string;
}

const COOKIE = "__Host-session";

/** The field of a form that the page carries unseen. */
export function hidden(page: Page, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body ?? "")?.[1] ?? "";
}

/**
 * Opens a page. Its address may hold numbers and words: `name` puts all such requests in one row.
 * @param session a session to bring along; none: a guest's request
 */
export function open(path: string, name: string, session?: string): Page {
  const page = http.get<"text">(`${ORIGIN}${path}`, {
    tags: { name },
    responseType: "text",
    cookies: session === undefined ? {} : { [COOKIE]: session },
  });
  check(page, { "the page is whole": ({ status, body }) => status === 200 && isWhole(body) });
  return page;
}

const isWhole = (body: string | null): boolean => body?.includes("</html>") ?? false;

/** Signs up. @returns the account with its session, for setup() */
export function signUp(name: string, password: string): Member {
  const answer = post("/sign-up", "sign up", { name, password });
  const session = answer.cookies[COOKIE]?.[0]?.value;
  // Whoever signs up in a browser that is signed in takes over its session.
  http.cookieJar().clear(ORIGIN);
  if (answer.status !== 303 || session === undefined) {
    fail(`nobody can sign up: ${answer.status} ${answer.body?.slice(0, 300)}`);
  }
  return { name, password, session };
}

/** Sends a form, and follows nothing: the answer says where it leads. */
export function post(
  path: string,
  name: string,
  fields: Record<string, string | ReturnType<typeof http.file>>,
  session?: string,
): Page {
  return http.post<"text">(`${ORIGIN}${path}`, fields, {
    tags: { name },
    responseType: "text",
    redirects: 0,
    headers: { Origin: ORIGIN },
    cookies: session === undefined ? {} : { [COOKIE]: session },
  });
}

/** One of a list, at random. */
export function anyOf<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}
