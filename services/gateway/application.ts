import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import { pathToFileURL } from "node:url";
import { NodeRequest, patchGlobalRequest, sendNodeResponse } from "srvx/node";
import type { LifespanContext } from "./lifespan.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An application as the worker runs it, whichever shape its module has. */
export interface Application {
  readonly listener: RequestListener;
  /** Takes over connections that ask for another protocol, such as WebSocket. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  startup(context: LifespanContext): Promise<void>;
  ready(): Promise<void>;
  shutdown(context: LifespanContext): Promise<void>;
}

/** The shape of TypeScript's WSGI: what a module's default export may hold. */
interface FetchApplication {
  fetch(request: Request): Response | Promise<Response>;
  startup?(context: LifespanContext): unknown;
  ready?(): unknown;
  shutdown?(context: LifespanContext): unknown;
}

/**
 * Loads a module by its path from the working directory. Its default export is either an object
 * with `fetch`, or a Node `(request, response)` listener.
 * @throws the module's own error, or one that says which export is missing.
 */
export async function loadApplication(module: string): Promise<Application> {
  // Applications may wrap the request they were given: new Request(request, ...).
  patchGlobalRequest();
  const { default: exported } = await import(pathToFileURL(resolve(module)).href);
  if (typeof exported === "function") return fromListener(exported);
  if (typeof exported?.fetch === "function") return fromFetch(exported);
  throw new TypeError(
    `${module}: its default export is neither an object with fetch(request) nor a (request, response) listener`,
  );
}

function fromListener(listener: RequestListener): Application {
  return { listener, startup: nothing, ready: nothing, shutdown: nothing };
}

function fromFetch(application: FetchApplication): Application {
  return {
    listener: async (req, res) => {
      // The gateway has already removed every forwarded header that is not to be trusted.
      const request = new NodeRequest({ req, res, trustProxy: true });
      await sendNodeResponse(res, await application.fetch(request));
    },
    startup: async (context) => void (await application.startup?.(context)),
    ready: async () => void (await application.ready?.()),
    shutdown: async (context) => void (await application.shutdown?.(context)),
  };
}

async function nothing(): Promise<void> {}
