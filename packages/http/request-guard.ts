import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerOptions } from "node:http";
import { constants } from "node:http2";
import { IncomingBody } from "./body.ts";
import { type Incoming, isClosing, lastAnswer, type Outgoing, waitAtTheEnd } from "./closing.ts";
import type { RawFields } from "./fields.ts";
import type { HttpLimits } from "./http-limits.ts";
import { answerMalformed } from "./malformed.ts";
import { parserBytes, type Refusal } from "./request-limits.ts";
import { refuse } from "./request-rules.ts";

/** Tells of a refusal that has no request; what it returns goes into the answer's head. */
type Tell = (refusal: Refusal, client: string) => RawFields;

/** What lies behind the guard. */
interface Door {
  /** Whether somebody takes the upgrade that a request asks for; otherwise it is a plain request. */
  takesUpgrade(request: IncomingMessage): boolean;
  /** Whether a client that waits for 100 Continue gets it here, or from whoever reads the body. */
  readonly continues: boolean;
}

const LONGEST_CHECK_INTERVAL = 5000;

/** Stands at the door of an HTTP server: lets in what keeps the rules, and refuses the rest. */
export class RequestGuard {
  readonly #limits: HttpLimits;
  readonly #tell: Tell;
  readonly #bodies = new WeakMap<Incoming, IncomingBody>();

  constructor(limits: HttpLimits, tell: Tell) {
    this.#limits = limits;
    this.#tell = tell;
  }

  /** What Node's server must be created with. */
  get serverOptions() {
    const { headersTimeout } = this.#limits;
    return {
      maxHeaderSize: parserBytes(this.#limits),
      httpValidation: "strict",
      // The rules say it themselves, with a reason and a log line.
      requireHostHeader: false,
      headersTimeout,
      connectionsCheckingInterval: Math.min(Math.ceil(headersTimeout / 2), LONGEST_CHECK_INTERVAL),
      // The minimum rate bounds a body; a time for all of it would cut long uploads.
      requestTimeout: 0,
    } as const satisfies ServerOptions;
  }

  /** Answers what never becomes a request, and asks only for the bodies of what is let in. */
  attach(server: EventEmitter, door: Door): void {
    answerMalformed(server, {
      refuseBody: (request, refusal) => {
        const body = this.#bodies.get(request);
        body?.refuse(refusal);
        return body !== undefined;
      },
      refuseHead: (request) => refuse(request, this.#limits),
      tell: this.#tell,
    });
    // An upgrade that breaks a rule becomes a plain request, which is then refused like any other.
    Object.assign(server, {
      shouldUpgradeCallback: (request: IncomingMessage) =>
        !isClosing(request.socket) &&
        refuse(request, this.#limits) === undefined &&
        door.takesUpgrade(request),
    });
    server.on("checkContinue", (request: Incoming, response: Outgoing) => {
      if (door.continues && refuse(request, this.#limits) === undefined) response.writeContinue();
      server.emit("request", request, response);
    });
    server.on("checkExpectation", (request: Incoming, response: Outgoing) => {
      server.emit("request", request, response);
    });
  }

  /** Bytes of a request's body, as far as it has come. */
  bodyBytes(request: Incoming): number {
    const length = request.headers["content-length"];
    if (length !== undefined && request.complete) return Number(length);
    return this.#bodies.get(request)?.bytes ?? 0;
  }

  /** Whether a request follows one after which its connection closes: it gets no answer. */
  ignores(request: Incoming): boolean {
    if ("stream" in request || !isClosing(request.socket)) return false;
    request.resume();
    return true;
  }

  /**
   * Judges a request's head and, from now on, its body. Call it while 'request' is being emitted:
   * what the client sent behind a refused request must find the door closed.
   * @param refused answers with the refusal; called at most once, at once or while the body comes,
   *   and not where an answer has begun, which only a broken connection can take back
   * @returns whether the application may have the request
   */
  admit(request: Incoming, response: Outgoing, refused: (refusal: Refusal) => void): boolean {
    if (!("stream" in request)) waitAtTheEnd(request.socket);
    const refusal = refuse(request, this.#limits);
    if (refusal !== undefined) {
      refuseNow(request, response, refusal, refused);
      return false;
    }
    // Node drops what came in one packet with an upgrade that nobody takes.
    if (request.headers.upgrade !== undefined) lastAnswer(response);
    this.#watch(request, response, refused);
    return true;
  }

  #watch(request: Incoming, response: Outgoing, refused: (refusal: Refusal) => void): void {
    const length = request.headers["content-length"];
    if (length === undefined) {
      if (isOpenEnded(request)) this.#follow(request, response, refused);
    } else if (length !== "0") {
      // Most bodies come in one piece with their head, and are complete by then.
      process.nextTick(() => request.complete || this.#follow(request, response, refused));
    }
  }

  #follow(request: Incoming, response: Outgoing, refused: (refusal: Refusal) => void): void {
    const refuseBody = (refusal: Refusal) => refuseNow(request, response, refusal, refused);
    this.#bodies.set(request, new IncomingBody(request, this.#limits, refuseBody));
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
  lastAnswer(response);
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
