import type { MiddlewareHandler } from "hono";
import type { Logger } from "../context.ts";
import type { DatabaseAccess, Query } from "../database/access.ts";
import type { SiteEnv } from "../view-context.ts";
import { endQuery } from "./trace.ts";

/** Writes one line per request. The first keys are the same in all tiers, in the same sequence. */
export function accessLog(logger: Logger): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const began = performance.now();
    await next();
    const traceparent = c.get("span")?.traceparent ?? c.req.header("traceparent") ?? "";
    logger.info("access", {
      request_id: c.req.header("x-request-id") ?? "",
      traceparent,
      trace_id: traceparent.split("-")[1] ?? "",
      method: c.req.method,
      target: c.req.url.slice(new URL(c.req.url).origin.length),
      status: c.res.status,
      duration_ms: Number((performance.now() - began).toFixed(3)),
    });
  };
}

/** Gives the views their access to the database, and adds its time to Server-Timing. */
export function database(access: DatabaseAccess): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const query: Query = async (work) => {
      const began = performance.now();
      try {
        const result = await access.query(work);
        endQuery(c.get("span"), began);
        return result;
      } catch (error) {
        endQuery(c.get("span"), began, error);
        throw error;
      } finally {
        c.set("databaseTime", (c.get("databaseTime") ?? 0) + performance.now() - began);
      }
    };
    c.set("query", query);
    await next();
    const time = c.get("databaseTime");
    if (time !== undefined)
      c.header("Server-Timing", `db;dur=${time.toFixed(3)}`, { append: true });
  };
}
