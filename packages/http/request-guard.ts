import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerOptions } from "node:http";
import { constants } from "node:http2";
import { IncomingBody } from "./body.ts";
import { closeAfter, closeInStages, type Incoming, isClosing, type Outgoing } from "./closing.ts";
import type { Refusal, RequestLimits } from "./limits.ts";
import { type MalformedHandler, refuseMalformed, responseOn } from "./malformed.ts";
import { refuse } from "./request-rules.ts";

const LONGEST_CHECK_INTERVAL = 5000;

/** Admits the requests of an HTTP server that keep the rules, and refuses the others. */
export class RequestGuard {
  readonly limits: RequestLimits;
  readonly #report: MalformedHandler["report"];
  readonly #bodies = new WeakMap<Incoming, IncomingBody>();

  constructor(limits: RequestLimits, report: MalformedHandler["report"]) {
    this.limits = limits;
    this.#report = report;
  }

  get serverOptions() {
    const { headersTimeout, limitRequestLine, limitRequestField } = this.limits;
    return {
      // More than the rules allow, so that they decide and not the parser.
      maxHeaderSize: limitRequestLine + 4 * limitRequestField,
      httpValidation: "strict",
      // The rules refuse it themselves, with a reason and a log line.
      requireHostHeader: false,
      headersTimeout,
      connectionsCheckingInterval: Math.min(Math.ceil(headersTimeout / 2), LONGEST_CHECK_INTERVAL),
      // The minimum rate limits a body; a timeout for all of it would cut long uploads.
      requestTimeout: 0,
    } as const satisfies ServerOptions;
  }

  /**
   * Refuses what never becomes a request. 100 Continue is left to the reader of the body.
   * @param takesUpgrade whether the server upgrades a request; otherwise it is a plain one
   */
  attach(server: EventEmitter, takesUpgrade: (request: IncomingMessage) => boolean): void {
    refuseMalformed(server, {
      refuseBody: (request, refusal) => {
        const body = this.#bodies.get(request);
        body?.refuse(refusal);
        return body !== undefined;
      },
      refuseHead: (request) => refuse(request, this.limits),
      report: this.#report,
    });
    // An upgrade that breaks a rule becomes a plain request, which is then refused like any other. So
    // does one behind a request whose response is due: Node would forget that response.
    Object.assign(server, {
      shouldUpgradeCallback: (request: IncomingMessage) =>
        !isClosing(request.socket) &&
        responseOn(request.socket) === undefined &&
        refuse(request, this.limits) === undefined &&
        takesUpgrade(request),
    });
    const request = server.emit.bind(server, "request");
    server.on("checkContinue", request).on("checkExpectation", request);
  }

  bodyBytes(request: Incoming): number {
    const length = request.headers["content-length"];
    if (length !== undefined && request.complete) return Number(length);
    return this.#bodies.get(request)?.bytes ?? 0;
  }

  /**
   * Whether a request follows the last one of its connection, or its connection has closed: it gets
   * no response. Node may parse pipelined requests after the close, which then have no end.
   */
  ignores(request: Incoming): boolean {
    if ("stream" in request) return false;
    const { socket } = request;
    if (!isClosing(socket) && !socket.destroyed) return false;
    request.resume();
    return true;
  }

  /**
   * Checks a request's head and, from now on, its body. Call it while 'request' is being emitted, so
   * that requests behind a refused one are ignored.
   * @param refused sends the refusal, at most once; where a response has begun, the connection breaks
   * @returns whether the application may have the request
   */
  admit(request: Incoming, response: Outgoing, refused: (refusal: Refusal) => void): boolean {
    if (!("stream" in request)) closeInStages(request.socket);
    const refusal = refuse(request, this.limits);
    if (refusal !== undefined) {
      refuseNow(request, response, refusal, refused);
      return false;
    }
    // Node drops the rest of a packet with a request for an upgrade that is not taken.
    if (request.headers.upgrade !== undefined) closeAfter(response);
    this.#watch(request, response, refused);
    return true;
  }

  #watch(request: Incoming, response: Outgoing, refused: (refusal: Refusal) => void): void {
    const length = request.headers["content-length"];
    if (length === undefined) {
      if (isOpenEnded(request)) this.#follow(request, response, refused);
    } else if (length !== "0") {
      // Most bodies are received in one piece with their head, and are complete by then.
      process.nextTick(() => request.complete || this.#follow(request, response, refused));
    }
  }

  #follow(request: Incoming, response: Outgoing, refused: (refusal: Refusal) => void): void {
    const refuseBody = (refusal: Refusal) => refuseNow(request, response, refusal, refused);
    this.#bodies.set(request, new IncomingBody(request, this.limits, refuseBody));
  }
}

function refuseNow(
  request: Incoming,
  response: Outgoing,
  refusal: Refusal,
  refused: (refusal: Refusal) => void,
): void {
  if (response.headersSent) {
    breakConnection(request);
    return;
  }
  closeAfter(response);
  refused(refusal);
}

function breakConnection(request: Incoming): void {
  if ("stream" in request) request.stream.close(constants.NGHTTP2_CANCEL);
  else request.socket.destroy();
}

function isOpenEnded(request: Incoming): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  return request.headers["transfer-encoding"] !== undefined;
}
