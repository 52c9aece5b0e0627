import type { IncomingMessage } from "node:http";
import { NodeRequest } from "srvx/node";
import { importModule } from "./import-module.ts";
import { LoadFailure } from "./load-failure.ts";

/**
 * What WSGI calls middleware: sees every request before the applications and every answer after
 * them. It answers itself, or with what `next()` gave it, as it was or changed.
 */
export type Middleware = (
  request: Request,
  next: () => Promise<Response>,
) => Response | Promise<Response>;

/** The default exports of these modules. @throws LoadFailure */
export async function loadMiddleware(modules: readonly string[]): Promise<Middleware[]> {
  const loaded: Middleware[] = [];
  for (const module of modules) {
    const { default: middleware } = await importModule(module, (url) => import(url));
    if (typeof middleware !== "function") {
      throw new LoadFailure(
        `${module}: its default export is no function; expected middleware (request, next) => Response`,
      );
    }
    loaded.push(middleware as Middleware);
  }
  return loaded;
}

/** Leads a request through middleware, the first outermost, to `last`. */
export async function through(
  middleware: readonly Middleware[],
  request: Request,
  last: () => Promise<Response>,
): Promise<Response> {
  const step = async (index: number): Promise<Response> => {
    const next = middleware[index];
    if (next === undefined) return last();
    let called = false;
    const response = await next(request, async () => {
      if (called) throw new Error("middleware called next() twice");
      called = true;
      return step(index + 1);
    });
    if (!response) throw new TypeError("middleware answered nothing instead of a Response");
    return response;
  };
  return step(0);
}

/** What middleware changed in the fields of its Request holds for a Node listener too. */
export function takeOverFields(request: Request, incoming: IncomingMessage): void {
  const fields = [...request.headers];
  const before = [...new NodeRequest({ req: incoming }).headers];
  if (String(fields) === String(before)) return;
  incoming.rawHeaders = fields.flat();
  incoming.headers = Object.fromEntries(fields);
}
