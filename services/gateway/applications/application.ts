import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { LifespanContext } from "../worker/lifespan.ts";

/** Answers a request; one that expects "100 Continue" has not been told to continue yet. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Takes over the connection of a request with `Upgrade`. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown;

/** The three moments of an application's life in one worker. */
export interface Lifespan {
  startup(context: LifespanContext): Promise<void>;
  ready(): Promise<void>;
  shutdown(context: LifespanContext): Promise<void>;
}

/** What a worker runs: every mounted application with the middleware in front of them. */
export interface Application extends Lifespan {
  readonly listener: RequestListener;
  /** Who takes this request's upgrade; undefined: it is to be answered as a plain request. */
  upgradeFor(request: IncomingMessage): UpgradeListener | undefined;
}

/** One application, whichever shape its module has. */
export interface Program extends Lifespan {
  readonly listener: RequestListener;
  /** The same answer as a Response, for middleware; `request` is as the middleware left it. */
  respond(request: Request, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response>;
  /** Undefined where the application takes no upgrades. */
  readonly upgrade: UpgradeListener | undefined;
}

/**
 * Tells a client that waits for it to send its body. Node leaves this to us, so that a request
 * that is refused by its head does not send its body first.
 */
export function continueIfExpected(request: IncomingMessage, response: ServerResponse): void {
  if (expectsContinue(request)) response.writeContinue();
}

/** Node has refused every other expectation with 417, and HTTP/1.0 knows none. */
export function expectsContinue({ headers, httpVersionMinor }: IncomingMessage): boolean {
  return headers.expect !== undefined && httpVersionMinor === 1;
}
