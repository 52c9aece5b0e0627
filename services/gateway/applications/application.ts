import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:net";
import type { Logger, Tracer } from "@gatehouse/telemetry";
import type { Registry } from "prom-client";
import type { RequestListener, ServedApplication, UpgradeListener } from "../http/upgrades.ts";

/** What an application is given for its life in one worker. */
export interface LifespanContext {
  /** The environment of the process: an application reads its own settings table from it. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Writes lines of the tier "app". */
  readonly logger: Logger;
  /** The application's own metrics, which /metrics shows summed over the workers. */
  readonly metrics: Registry;
  /** Begins the application's own spans; undefined where no traces are sent. */
  readonly tracer: Tracer | undefined;
  readonly worker: { readonly id: number; readonly pid: number };
  /** The host or container that this worker runs on. */
  readonly replica: string;
  /** Aborted when the worker begins to drain. */
  readonly signal: AbortSignal;
}

export interface Lifespan {
  startup(context: LifespanContext): Promise<void>;
  ready(): Promise<void>;
  shutdown(context: LifespanContext): Promise<void>;
}

/** Every mounted application, with the middleware in front of them. */
export interface Application extends Lifespan, ServedApplication {
  /** Has the servers of its own that it closes from now on emit "close" after `ended`. */
  holdClose(ended: Promise<void>): void;
}

/** One application, whichever shape its module has. */
export interface Program extends Lifespan {
  readonly listener: RequestListener;
  /** The same response for middleware, as a Response; `request` is as the middleware left it. */
  respond(request: Request, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response>;
  /** Undefined where the application takes no upgrades. */
  upgrade(): UpgradeListener | undefined;
  /** Its requests are events of a server of its own. */
  readonly listens: boolean;
  /** What the application finds as `request.socket.server`, unless it has no use for one. */
  readonly server: Server | undefined;
}

/** What an application's module may export beside its way to respond. */
export interface LifespanExports {
  startup?(context: LifespanContext): unknown;
  ready?(): unknown;
  shutdown?(context: LifespanContext): unknown;
}

export function lifespanOf(application: LifespanExports): Lifespan {
  return {
    startup: async (context) => void (await application.startup?.(context)),
    ready: async () => void (await application.ready?.()),
    shutdown: async (context) => void (await application.shutdown?.(context)),
  };
}

/** Sends "100 Continue" to a client that waits for it. Node leaves that to us: see HttpServer. */
export function continueIfExpected(request: IncomingMessage, response: ServerResponse): void {
  if (expectsContinue(request)) response.writeContinue();
}

/** Node has rejected every other expectation with 417, and HTTP/1.0 has none. */
export function expectsContinue({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return headers.expect !== undefined && httpVersionMinor === 1;
}
