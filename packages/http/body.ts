import { BODY_RULES } from "./body-rules.ts";
import type { Incoming } from "./closing.ts";
import { forbiddenTrailer } from "./fields.ts";
import type { Refusal } from "./request-limits.ts";
import { refusalBy } from "./request-rules.ts";

/** How large a body may grow and how slowly it may come. */
export interface BodyLimits {
  /** Bytes; 0 for any size. */
  readonly body: number;
  /** Bytes per second that each window must bring on average; 0 for any rate. */
  readonly bodyMinRate: number;
  /** Milliseconds. */
  readonly bodyRateWindow: number;
}

/**
 * A body on its way in. It stands between Node's parser and the request's stream, so that nobody
 * reads what is refused: neither a byte above the limit nor the end of a body with bad trailers.
 */
export class IncomingBody {
  readonly #request: Incoming;
  readonly #limits: BodyLimits;
  readonly #refused: (refusal: Refusal) => void;
  readonly #push: Incoming["push"];
  #window: NodeJS.Timeout | undefined;
  #bytes = 0;
  #bytesBefore = 0;
  #closed = false;

  constructor(request: Incoming, limits: BodyLimits, refused: (refusal: Refusal) => void) {
    this.#request = request;
    this.#limits = limits;
    this.#refused = refused;
    this.#push = request.push.bind(request);
    request.push = (chunk: Buffer | null) => this.#take(chunk);
    request.once("close", () => clearTimeout(this.#window));
    this.#openWindow();
  }

  /** Answers with the refusal; whoever reads the body gets an error instead of its end. */
  refuse(refusal: Refusal): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#window);
    this.#refused(refusal);
    breakOff(this.#request, new Error(`the request was refused: ${refusal.reason}`));
  }

  /** Bytes that have come so far. */
  get bytes(): number {
    return this.#bytes;
  }

  #take(chunk: Buffer | null): boolean {
    if (this.#closed) return true;
    if (chunk === null) {
      clearTimeout(this.#window);
      if (forbiddenTrailer(this.#request.rawTrailers)) {
        this.refuse(refusalBy(BODY_RULES.forbiddenTrailer));
        return true;
      }
      return this.#push(null);
    }
    this.#bytes += chunk.length;
    if (this.#limits.body > 0 && this.#bytes > this.#limits.body) {
      this.refuse(refusalBy(BODY_RULES.tooLarge));
      return true;
    }
    return this.#push(chunk);
  }

  #openWindow(): void {
    if (this.#limits.bodyMinRate === 0) return;
    this.#bytesBefore = this.#received;
    this.#window = setTimeout(() => this.#closeWindow(), this.#limits.bodyRateWindow).unref();
  }

  #closeWindow(): void {
    const { bodyMinRate, bodyRateWindow } = this.#limits;
    const request = this.#request;
    if (request.complete || request.destroyed) return;
    const due = (bodyMinRate * bodyRateWindow) / 1000;
    // A full buffer means that it is the application that is slow.
    const waits = request.readableLength < request.readableHighWaterMark;
    if (waits && this.#received - this.#bytesBefore < due) {
      this.refuse(refusalBy(BODY_RULES.tooSlow));
    } else this.#openWindow();
  }

  /** Bytes so far. Of a body that nobody reads any more only the socket still counts. */
  get #received(): number {
    return "stream" in this.#request ? this.#bytes : this.#request.socket.bytesRead;
  }
}

/** Ends a request's stream with an error, but not, as Node would, its connection as well. */
function breakOff(request: Incoming, error: Error): void {
  request._destroy = (_, done) => done(request.listenerCount("error") > 0 ? error : null);
  request.destroy();
}
