import { check, fail } from "k6";
import http, { type RefinedResponse } from "k6/http";

export const ORIGIN = "https://web:8443";

export type Page = RefinedResponse<"text">;

/** An account that is signed in. setup() passes them to every virtual user. */
export interface Member {
  readonly name: string;
  readonly password: string;
  readonly session: string;
}

/** The accounts of a run. */
export interface Cast {
  readonly members: readonly Member[];
}

const MEMBERS = 5;
const COOKIE = "__Host-session";

/** Signs up a few members, once for the whole run: each sign-up costs a memory-hard hash. */
export function signUpCast(): Cast {
  const run = Date.now().toString(36);
  const members = Array.from({ length: MEMBERS }, (_, index) =>
    signUp(`Load ${run} ${index}`, `a long password ${run} ${index}`),
  );
  return { members };
}

function signUp(name: string, password: string): Member {
  const response = sendForm("/sign-up", "sign up", { name, password });
  const session = response.cookies[COOKIE]?.[0]?.value;
  // Else the next sign-up would take over this session.
  http.cookieJar().clear(ORIGIN);
  if (response.status !== 303 || session === undefined) {
    fail(`sign-up failed: ${response.status} ${response.body?.slice(0, 300)}`);
  }
  return { name, password, session };
}

/** The value of a hidden field of a form. */
export function hiddenField(page: Page, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body ?? "")?.[1] ?? "";
}

/**
 * Opens a page.
 * @param name the row of the report that counts the request; the path may hold numbers and words
 * @param session the session of a member; undefined for a guest
 */
export function openPage(path: string, name: string, session?: string): Page {
  const page = http.get<"text">(`${ORIGIN}${path}`, {
    tags: { name },
    responseType: "text",
    cookies: session === undefined ? {} : { [COOKIE]: session },
  });
  check(page, {
    "the page is complete": ({ status, body }) =>
      status === 200 && (body?.includes("</html>") ?? false),
  });
  return page;
}

/** Sends a form. Does not follow the redirect: the response says where it leads. */
export function sendForm(
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

export function randomOf<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}
