import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { GatewayContext, Span } from "../context.ts";
import type { SiteEnv } from "../view-context.ts";

const [SERVER, CLIENT] = [2, 3] as const;

/** One span for each request, below that of the gateway; queries become its children. */
export function trace(tracer: NonNullable<GatewayContext["tracer"]>): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const span = tracer.begin(c.req.header("traceparent"));
    if (!span.sampled) return await next();
    c.set("span", span);
    const start = performance.now();
    await next();
    // Those of the middleware end with a star: there is no such page.
    const path = routePath(c, -1);
    const route = path.endsWith("*") ? undefined : template(path);
    const { method } = c.req;
    const { status } = c.res;
    const failed = status >= 500;
    span.end({
      name: route === undefined ? method : `${method} ${route}`,
      kind: SERVER,
      start,
      end: performance.now(),
      failed,
      attributes: {
        "http.request.method": method,
        "http.route": route,
        "url.path": c.req.path,
        "http.response.status_code": status,
        "error.type": failed ? (c.error?.name ?? String(status)) : undefined,
        "gatehouse.request_id": c.req.header("x-request-id"),
      },
    });
  };
}

/** "/notices/:id" of "/notices/:id{[0-9]+}": what a value may be is no part of the name. */
function template(path: string): string {
  return path
    .split("/")
    .map((part) => part.split("{", 1)[0])
    .join("/");
}

/** Hands over the span of one use of the database. @param error what it failed with */
export function endQuery(span: Span | undefined, start: number, error?: unknown): void {
  span?.child().end({
    name: "postgresql",
    kind: CLIENT,
    start,
    end: performance.now(),
    failed: error !== undefined,
    attributes: {
      "db.system.name": "postgresql",
      "error.type": error instanceof Error ? error.name : undefined,
    },
  });
}
