import type { Http2ServerRequest } from "node:http2";
import type { Readable } from "node:stream";
import { forbiddenTrailer, type RawFields } from "./fields.ts";
import type { Refusal, RequestLimits } from "./limits.ts";
import { type Rule, refusalBy } from "./request-rules.ts";
import { joinSmallPieces } from "./small-pieces.ts";

export const BODY_RULES = {
  tooLarge: { name: "a body that grew above the limit", rfc: "RFC 9110, 15.5.14", status: 413 },
  tooSlow: { name: "a body below the minimum rate", rfc: "RFC 9110, 15.5.9", status: 408 },
  largeTrailers: {
    name: "more trailers than the limit of fields, or one above that of a field",
    rfc: "RFC 6585, 5",
    status: 431,
  },
  forbiddenTrailer: {
    name: "a trailer that only a head may hold: Host, framing, or a trusted name",
    rfc: "RFC 9110, 6.5.1",
    status: 400,
  },
} as const satisfies Record<string, Rule>;

/** A request's body as a server receives it: Node's own request, or a stream like it. */
export interface ReceivedBody extends Readable {
  readonly complete: boolean;
  readonly rawTrailers: RawFields;
  readonly socket: { readonly bytesRead: number };
}

/**
 * A body while it is received. It stands between Node's parser and the request's stream, so that the
 * application reads neither a byte above the limit nor the end of a body with forbidden trailers.
 */
export class IncomingBody {
  readonly #request: ReceivedBody;
  readonly #limits: RequestLimits;
  readonly #refused: (refusal: Refusal) => void;
  readonly #push: ReceivedBody["push"];
  #window: NodeJS.Timeout | undefined;
  bytes = 0;
  #bytesBefore = 0;
  /** Whether the application left the client waiting at some time of this window. */
  #heldUp = false;
  #closed = false;

  constructor(request: ReceivedBody, limits: RequestLimits, refused: (refusal: Refusal) => void) {
    this.#request = request;
    this.#limits = limits;
    this.#refused = refused;
    joinSmallPieces(request);
    // Over HTTP/2 a stream of its own stands behind the request's.
    if (isOverHttp2(request)) joinSmallPieces(request.stream);
    this.#push = request.push.bind(request);
    request.push = (chunk: Buffer | null) => this.#take(chunk);
    // The timer would keep the request in memory until the window ends.
    request.once("close", () => clearTimeout(this.#window));
    this.#openWindow();
  }

  /** Refuses the request; the body's reader gets an error instead of the end. */
  refuse(refusal: Refusal): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#window);
    this.#refused(refusal);
    breakOff(this.#request, new Error(`the request was refused: ${refusal.reason}`));
  }

  #take(chunk: Buffer | null): boolean {
    if (this.#closed) return true;
    if (chunk === null) {
      clearTimeout(this.#window);
      const broken = brokenRule(this.#request.rawTrailers, this.#limits);
      if (broken === undefined) return this.#push(null);
      this.refuse(refusalBy(broken));
      return true;
    }
    const { limitRequestBody } = this.#limits;
    this.bytes += chunk.length;
    if (limitRequestBody > 0 && this.bytes > limitRequestBody) {
      this.refuse(refusalBy(BODY_RULES.tooLarge));
      return true;
    }
    const wantsMore = this.#push(chunk);
    if (!wantsMore) this.#heldUp = true;
    return wantsMore;
  }

  #openWindow(): void {
    if (this.#limits.bodyMinRate === 0) return;
    this.#heldUp = this.#isFull;
    this.#bytesBefore = this.#received;
    this.#window = setTimeout(() => this.#closeWindow(), this.#limits.bodyRateWindow).unref();
  }

  #closeWindow(): void {
    const { bodyMinRate, bodyRateWindow } = this.#limits;
    const request = this.#request;
    if (request.complete || request.destroyed) return;
    const due = (bodyMinRate * bodyRateWindow) / 1000;
    const tooFew = this.#received - this.#bytesBefore < due;
    if (tooFew && !this.#heldUp) this.refuse(refusalBy(BODY_RULES.tooSlow));
    else this.#openWindow();
  }

  get #isFull(): boolean {
    return this.#request.readableLength >= this.#request.readableHighWaterMark;
  }

  /** Bytes so far. Once the body is no longer read, only the socket still counts them. */
  get #received(): number {
    return "stream" in this.#request ? this.bytes : this.#request.socket.bytesRead;
  }
}

function brokenRule(trailers: RawFields, limits: RequestLimits): Rule | undefined {
  if (trailers.length > 2 * limits.limitRequestFields) return BODY_RULES.largeTrailers;
  for (let at = 0; at < trailers.length; at += 2) {
    const bytes = (trailers[at]?.length ?? 0) + (trailers[at + 1]?.length ?? 0);
    if (bytes > limits.limitRequestField) return BODY_RULES.largeTrailers;
  }
  return forbiddenTrailer(trailers) ? BODY_RULES.forbiddenTrailer : undefined;
}

function isOverHttp2(body: Readable): body is Http2ServerRequest {
  return "stream" in body;
}

/** Ends a request's stream with an error, but not, as Node would, its connection as well. */
function breakOff(request: ReceivedBody, error: Error): void {
  request._destroy = (_, done) => done(request.listenerCount("error") > 0 ? error : null);
  request.destroy();
}
