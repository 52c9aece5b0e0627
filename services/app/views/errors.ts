import type { ErrorHandler } from "hono";
import { accepts } from "hono/accepts";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger, SiteEnv, ViewContext } from "../context.ts";
import { DatabaseUnavailable } from "../models/failure.ts";
import { errorPage } from "../templates/error.ts";

/** Seconds after which a page that needs the database is worth another try. */
export const RETRY_AFTER = "5";

const KEPT = "Nothing was saved. Go back: your browser has kept what you wrote.";

/** The errors that a visitor can meet: a title, and what to do. */
const errors: Partial<Record<number, readonly [title: string, advice: string]>> = {
  400: ["This cannot be read", KEPT],
  401: ["This is for people who are signed in", "Sign in, then try again."],
  403: ["This is not allowed", "Open the page here again, signed in, and try from there."],
  404: ["There is no such page", "Check the address, or start at the notice board."],
  405: ["This page does not work that way", "It exists, but not for this kind of request."],
  413: ["That is too much at once", KEPT],
  415: ["This kind of content is not accepted", KEPT],
  426: ["This is no page", "It is a line that other pages keep open."],
  503: ["The notices are out of reach", "Try again in a moment."],
};
const broken = [
  "Something broke",
  "It is our fault. The number below helps us to find it.",
] as const;

export const notFound = (c: ViewContext): Response | Promise<Response> => show(c, 404);

export function wrongMethod(c: ViewContext, methods: string[]): Response | Promise<Response> {
  c.header("Allow", methods.join(", "));
  return show(c, 405);
}

/** Maps every error that a view or the middleware throws to a status and its page. */
export function failed(logger: Logger): ErrorHandler<SiteEnv> {
  return (error, c) => {
    if (error instanceof HTTPException) {
      if (error.status === 503) c.header("Retry-After", RETRY_AFTER);
      return show(c, error.status, error.message);
    }
    if (error instanceof DatabaseUnavailable) {
      c.header("Retry-After", RETRY_AFTER);
      return show(c, 503, "The database does not answer.");
    }
    const id = c.req.header("x-request-id") ?? "none";
    logger.error("request failed", { request_id: id, error });
    // What failed may be what lays out the page.
    if (c.get("page") === undefined) return c.text(`${broken.join(": ")} ${id}\n`, 500);
    return show(c, 500);
  };
}

/** RFC 9457 problem details. */
export function problem(
  c: ViewContext,
  status: ContentfulStatusCode,
  title: string,
  more: Readonly<Record<string, unknown>>,
): Response {
  const body = { title, status, ...more, request_id: c.var.page.requestId };
  const headers = { "Content-Type": "application/problem+json" };
  return c.body(JSON.stringify(body), { status, headers });
}

/** HTML, or problem details for the API and for a client that asks for JSON. */
function show(c: ViewContext, status: ContentfulStatusCode | HTTPException["status"], detail = "") {
  const [title, advice] = errors[status] ?? broken;
  const text = detail === "" ? advice : `${detail} ${advice}`;
  const types = ["text/html", "application/json"];
  const wanted = c.req.path.startsWith("/api/")
    ? "application/json"
    : accepts(c, { header: "Accept", supports: types, default: "text/html" });
  // A status of HTTPException's own type may have no body by its number; ours all have one.
  const contentful = status as ContentfulStatusCode;
  if (wanted !== "text/html") return problem(c, contentful, title, { detail: text });
  return c.html(errorPage(c.var.page, { status, title, text }), contentful);
}
