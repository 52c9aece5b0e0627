import type { IncomingMessage } from "node:http";
import { NodeRequest } from "srvx/node";
import { importModule, LoadFailure, resolveModule } from "./import-module.ts";

/**
 * What WSGI calls middleware: sees every request before the applications and every response after
 * them. It returns its own Response, or that of `next()`, as it was or changed.
 */
export type Middleware = (
  request: Request,
  next: () => Promise<Response>,
) => Response | Promise<Response>;

/** The default exports of these modules. @throws LoadFailure */
export async function loadMiddleware(modules: readonly string[]): Promise<Middleware[]> {
  const loaded: Middleware[] = [];
  for (const module of modules) {
    const { default: middleware } = await importModule(
      module,
      resolveModule(module),
      (url) => import(url),
    );
    if (typeof middleware !== "function") {
      throw new LoadFailure(
        `${module}: its default export is no function; expected middleware (request, next) => Response`,
      );
    }
    loaded.push(middleware as Middleware);
  }
  return loaded;
}

/** Passes a request through middleware, the first outermost, to `last`. */
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
    if (!response) throw new TypeError("middleware returned nothing instead of a Response");
    return response;
  };
  return step(0);
}

/** Copies the fields that middleware changed on its Request to Node's request. */
export function takeOverFields(request: Request, incoming: IncomingMessage): void {
  const fields = [...request.headers];
  const before = [...new NodeRequest({ req: incoming }).headers];
  if (String(fields) === String(before)) return;
  incoming.rawHeaders = fields.flat();
  incoming.headers = Object.fromEntries(fields);
}
