import type { MiddlewareHandler } from "hono";
import type { GatewayContext, SiteEnv } from "../context.ts";
import type { Page } from "../templates/page.ts";
import { formSeal } from "./visitor.ts";

/** Lays out what every template may use (Django's context processors). */
export function page(
  context: Pick<GatewayContext, "replica" | "worker">,
  asset: Page["asset"],
  url: Page["url"],
): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const { user, unknown } = c.var.visitor;
    c.set("page", {
      asset,
      url,
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
    // Pages tell of the moment and name their own request: a copy must be asked for anew.
    if (!c.res.headers.has("cache-control")) {
      c.header(
        "Cache-Control",
        c.var.visitor.token === undefined ? "private, no-cache" : "private, no-store",
      );
    }
  };
}
