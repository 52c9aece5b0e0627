import type { MiddlewareHandler } from "hono";
import type { Logger, SiteEnv } from "../context.ts";

/** One line a request, with the same first keys in the same order as the other tiers' lines. */
export function accessLog(logger: Logger): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const began = performance.now();
    await next();
    logger.info("access", {
      request_id: c.req.header("x-request-id") ?? "",
      traceparent: c.req.header("traceparent") ?? "",
      method: c.req.method,
      target: c.req.url.slice(new URL(c.req.url).origin.length),
      status: c.res.status,
      duration_ms: Number((performance.now() - began).toFixed(3)),
    });
  };
}
