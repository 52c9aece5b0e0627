import type { MiddlewareHandler } from "hono";
import type { GatewayContext, SiteEnv } from "../context.ts";
import type { Page } from "../templates/page.ts";

/** Lays out what every template may use (Django's context processors). */
export function page(
  context: Pick<GatewayContext, "replica" | "worker">,
  asset: Page["asset"],
  url: Page["url"],
): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    c.set("page", {
      asset,
      url,
      requestId: c.req.header("x-request-id") ?? "none",
      scheme: c.req.header("x-forwarded-proto") ?? "http",
      replica: context.replica,
      worker: context.worker,
      databaseTime: () => c.get("databaseTime"),
    });
    await next();
    // Pages tell of the moment and name their own request: a copy must be asked for anew.
    c.header("Cache-Control", "private, no-cache");
  };
}
