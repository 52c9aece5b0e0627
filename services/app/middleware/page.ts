import type { MiddlewareHandler } from "hono";
import type { GatewayContext } from "../context.ts";
import type { Page } from "../templates/page.ts";
import { reverse } from "../urls.ts";
import type { SiteEnv } from "../view-context.ts";
import { formSeal } from "./visitor.ts";

/** Provides what every template may use (Django's context processors). */
export function page(
  context: Pick<GatewayContext, "replica" | "worker">,
  asset: Page["asset"],
): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const { user, token, unknown } = c.var.visitor;
    c.set("page", {
      asset,
      url: reverse,
      path: c.req.path,
      requestId: c.req.header("x-request-id") ?? "none",
      shared: false,
      scheme: c.req.header("x-forwarded-proto") ?? "http",
      replica: context.replica,
      worker: context.worker,
      databaseTime: () => c.get("databaseTime"),
      user,
      accountsOut: unknown !== undefined,
      csrf: formSeal(c.var.visitor),
      flash: c.var.flash,
    });
    await next();
    // Pages show the time and their own request id, so a stored copy must be validated.
    if (!c.res.headers.has("cache-control")) {
      c.header("Cache-Control", token === undefined ? "private, no-cache" : "private, no-store");
    }
  };
}
