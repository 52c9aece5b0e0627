import type { ErrorHandler } from "hono";
import { accepts } from "hono/accepts";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "../context.ts";
import { DatabaseUnavailable } from "../database/failure.ts";
import { refused } from "../forms/body.ts";
import { TooMany } from "../limits/too-many.ts";
import { TokenUsed } from "../models/form-token.ts";
import { errorPage } from "../templates/simple-pages.ts";
import type { SiteEnv, ViewContext } from "../view-context.ts";

/** Seconds after which a visitor should try again if the database is down. */
export const RETRY_AFTER = "5";

const GO_BACK = "Nothing was saved. Go back to the form: your text is still there.";

const errors: Partial<Record<number, readonly [title: string, advice: string]>> = {
  400: ["Invalid request", GO_BACK],
  401: ["Sign-in required", "Please sign in, then try again."],
  403: ["Not allowed", "Please open the page again, sign in, and try from there."],
  404: ["Page not found", "Please check the address, or start at the notice board."],
  405: ["Method not allowed", "This page does not support this kind of request."],
  409: ["Sent before", "Nothing was saved. Please open the form again and send it from there."],
  413: ["Too large", GO_BACK],
  415: ["Unsupported content type", GO_BACK],
  426: ["Not a page", "Other pages use this address for live updates."],
  429: ["Too many requests", "Please try again later."],
  503: ["Temporarily unavailable", "Please try again in a few seconds."],
};
const internal = [
  "Something went wrong",
  "This is our fault. Please try again later. The number below helps us to find the cause.",
] as const;

export const notFound = (c: ViewContext): Response | Promise<Response> => show(c, 404);

export function wrongMethod(c: ViewContext, methods: string[]): Response | Promise<Response> {
  c.header("Allow", methods.join(", "));
  return show(c, 405);
}

/** Maps every error of the views and the middleware to a status and a page. */
export function failed(logger: Logger): ErrorHandler<SiteEnv> {
  return (error, c) => {
    const expected = asRefusal(error);
    if (expected instanceof HTTPException) {
      if (expected.status === 503) c.header("Retry-After", RETRY_AFTER);
      if (expected instanceof TooMany) c.header("Retry-After", String(expected.retryAfter));
      return show(c, expected.status, expected.message);
    }
    const id = c.req.header("x-request-id") ?? "none";
    logger.error("request failed", { request_id: id, error });
    // The failed part may be the one that provides the page.
    if (c.get("page") === undefined) return c.text(`${internal.join(": ")} ${id}\n`, 500);
    return show(c, 500);
  };
}

/** What a visitor should read about the errors of other rooms. */
function asRefusal(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) {
    return refused(503, "The notice board cannot be reached.");
  }
  return error instanceof TokenUsed ? refused(409, error.message) : error;
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

/** HTML, or problem details for the API and for clients that prefer JSON. */
function show(c: ViewContext, status: ContentfulStatusCode | HTTPException["status"], detail = "") {
  const [title, advice] = errors[status] ?? internal;
  const text = detail === "" ? advice : `${detail} ${advice}`;
  const supports = ["text/html", "application/json"];
  const wantsJson =
    c.req.path.startsWith("/api/") ||
    accepts(c, { header: "Accept", supports, default: "text/html" }) !== "text/html";
  // HTTPException also allows statuses without a body; ours all have one.
  const contentful = status as ContentfulStatusCode;
  if (wantsJson) return problem(c, contentful, title, { detail: text });
  return c.html(errorPage(c.var.page, { status, title, text }), contentful);
}
