import type { MiddlewareHandler } from "hono";
import type { SiteEnv } from "../context.ts";

/**
 * Lets go of what an answer to HEAD would have sent. Views answer it as they answer GET, and nobody
 * reads the body: it would keep its file, or its place among the event streams. The outermost, since
 * nothing can be made of an answer afterwards.
 */
export const head: MiddlewareHandler<SiteEnv> = async (c, next) => {
  await next();
  if (c.req.method === "HEAD") await c.res.body?.cancel();
};
