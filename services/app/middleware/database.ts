import type { MiddlewareHandler } from "hono";
import type { SiteEnv } from "../context.ts";
import type { Ask, DatabaseAccess } from "../models/database.ts";

/** Gives the views their way to the database, and tells in Server-Timing how long it took. */
export function database(access: DatabaseAccess): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const ask: Ask = async (work) => {
      const began = performance.now();
      try {
        return await access.ask(work);
      } finally {
        c.set("databaseTime", (c.get("databaseTime") ?? 0) + performance.now() - began);
      }
    };
    c.set("ask", ask);
    await next();
    const span = c.get("databaseTime");
    if (span !== undefined)
      c.header("Server-Timing", `db;dur=${span.toFixed(3)}`, { append: true });
  };
}
