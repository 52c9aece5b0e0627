import { type EdgeError, type EdgeErrorCode, upstreamError } from "../exchange/edge-error.ts";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import type { Replica } from "../replicas/replica.ts";
import type { Waiter } from "./connection-pool.ts";
import type { ProxiedRequest } from "./proxied-request.ts";
import type { BodyWriter, RequestBody } from "./request-body.ts";
import type { ResponseHead } from "./response-head.ts";
import type { Timeouts } from "./timeouts.ts";
import type { ConnectionUser, UpstreamConnection } from "./upstream-connection.ts";
import { UpstreamError, type UpstreamErrorCode } from "./upstream-error.ts";
import { requestHead } from "./upstream-request.ts";

/** How an attempt ended before any of an answer came. */
export interface Unanswered {
  readonly cause: Error;
  /** Whether anything of the request was sent. */
  readonly sent: boolean;
  /** Whether any byte came back. */
  readonly heard: boolean;
  /** Whether it was a kept connection that brought nothing: the replica may just have closed it. */
  readonly kept: boolean;
}

/** Who made an attempt, and learns of its end. */
export interface AttemptOwner {
  answered(errand: Errand): void;
  unanswered(errand: Errand, replica: Replica, how: Unanswered): void;
}

/** One request with all its attempts. */
export interface Errand {
  readonly request: ProxiedRequest;
  readonly body: RequestBody | undefined;
  /** Whether the replica is asked before the client sends its body (Expect: 100-continue). */
  readonly asksFirst: boolean;
  readonly sink: ResponseSink;
  readonly timeouts: Timeouts;
  /** When all of it must be over; by performance.now(). */
  readonly until: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
  /** Attempts so far. */
  attempts: number;
  /** Replicas that are not asked again; made when there is one. */
  tried: Set<Replica> | undefined;
  /** A kept connection turned out to be closed. */
  stale: boolean;
  failure: EdgeError | undefined;
}

/** One try to have one replica answer; hands the answer to the sink as it comes. */
export class Attempt implements ResponseSource, Waiter, ConnectionUser, BodyWriter {
  readonly #errand: Errand;
  readonly #replica: Replica;
  readonly #owner: AttemptOwner;
  readonly #text: string;
  #connection: UpstreamConnection | undefined;
  #head: ResponseHead | undefined;
  #bodySent: boolean;
  #waitsFor: UpstreamErrorCode = "FIRST_BYTE_TIMEOUT";
  #over = false;

  /** @throws EdgeError where the request cannot be written as HTTP/1.1. */
  constructor(errand: Errand, replica: Replica, owner: AttemptOwner) {
    this.#errand = errand;
    this.#replica = replica;
    this.#owner = owner;
    this.#text = requestHead(errand.request, errand.body, errand.asksFirst);
    this.#bodySent = errand.body === undefined;
  }

  start(): void {
    this.#replica.inFlight++;
    this.#replica.circuit.enter();
    this.#errand.request.attempt(this.#replica.address);
    this.#errand.sink.attach(this);
    if (!this.#over) this.#replica.pool.acquire(this);
  }

  // ResponseSource: the sink's side.

  resume(): void {
    if (this.#over) return;
    this.#wait("SILENCE_TIMEOUT", this.#errand.timeouts.betweenBytes);
    this.#connection?.resume();
  }

  abort(): void {
    this.#fail(new UpstreamError("ABORTED", "nobody wants the answer any more"));
  }

  // Waiter: the pool's side.

  connected(connection: UpstreamConnection): void {
    const { request, body, until } = this.#errand;
    this.#connection = connection;
    request.sent();
    connection.send(this, request.method, this.#text);
    if (body === undefined) this.#sent();
    else {
      connection.deadline = until;
      body.start(this);
    }
  }

  unconnected(cause: Error): void {
    this.#fail(cause);
  }

  // BodyWriter: the request's side.

  write(piece: Buffer | string): boolean {
    if (this.#over || this.#connection === undefined) return false;
    const more = this.#connection.write(piece);
    if (!more) this.#wait("SEND_TIMEOUT", this.#errand.timeouts.send);
    return more;
  }

  bodyEnded(): void {
    if (this.#over) return;
    this.#bodySent = true;
    if (this.#connection?.flushed) this.#sent();
    else this.#wait("SEND_TIMEOUT", this.#errand.timeouts.send);
  }

  bodyBroke(cause: Error): void {
    this.#fail(cause);
  }

  // ConnectionUser: the replica's side.

  drained(): void {
    if (this.#bodySent) {
      this.#sent();
      return;
    }
    // From here on it is the client that is waited for, and others watch over it.
    if (this.#connection !== undefined) this.#connection.deadline = this.#errand.until;
    this.#errand.body?.resume();
  }

  interim(head: ResponseHead): void {
    this.#errand.sink.interim(head.status, head.fields);
  }

  head(head: ResponseHead): void {
    this.#head = head;
    this.#errand.request.headReceived();
    this.#replica.circuit.succeeded();
    this.#errand.sink.head(head.status, head.fields, head.timing);
  }

  data(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#errand.sink.data(chunk)) {
      this.#wait("SILENCE_TIMEOUT", this.#errand.timeouts.betweenBytes);
    } else if (this.#connection !== undefined) {
      // Now it is the client that is waited for.
      this.#connection.deadline = this.#errand.until;
      this.#waitsFor = "TOTAL_TIMEOUT";
      this.#connection.pause();
    }
  }

  end(trailers: readonly string[], clean: boolean): void {
    if (this.#over) return;
    this.#errand.sink.end(trailers);
    this.#settle();
    this.#owner.answered(this.#errand);
    const connection = this.#connection;
    if (connection === undefined) return;
    if (clean && this.#bodySent && this.#head?.persistent) {
      this.#replica.pool.release(connection, this.#head.keepAlive);
      return;
    }
    if (!this.#bodySent) this.#errand.body?.stop();
    connection.close(undefined);
  }

  late(): void {
    const late = performance.now() >= this.#errand.until;
    const code = late ? "TOTAL_TIMEOUT" : this.#waitsFor;
    this.#fail(new UpstreamError(code, "the replica took too long"));
  }

  lost(cause: Error): void {
    this.#fail(cause);
  }

  /** The request is out: now the replica has the word. */
  #sent(): void {
    const { firstByte, betweenBytes } = this.#errand.timeouts;
    if (this.#head === undefined) this.#wait("FIRST_BYTE_TIMEOUT", firstByte);
    else this.#wait("SILENCE_TIMEOUT", betweenBytes);
  }

  #wait(code: UpstreamErrorCode, span: number): void {
    if (this.#connection === undefined) return;
    this.#waitsFor = code;
    this.#connection.deadline = Math.min(performance.now() + span, this.#errand.until);
  }

  #fail(cause: Error): void {
    if (this.#over) return;
    const connection = this.#connection;
    if (connection === undefined) this.#replica.pool.forget(this);
    this.#judge(cause);
    const aborted = cause instanceof UpstreamError && cause.code === "ABORTED";
    const answered = this.#head !== undefined;
    if (answered && !aborted) this.#errand.sink.fail(cause);
    this.#settle();
    if (!this.#bodySent && connection !== undefined) this.#errand.body?.stop();
    const heard = connection?.heard ?? false;
    connection?.close(undefined);
    // Who has had enough of an answer knows it: there is no failure to tell.
    if (answered) {
      this.#owner.answered(this.#errand);
      return;
    }
    const sent = connection !== undefined;
    const kept = isStale(connection, upstreamError(cause).code);
    this.#owner.unanswered(this.#errand, this.#replica, { cause, sent, heard, kept });
  }

  /** Has the replica's circuit know whose fault it was. */
  #judge(cause: Error): void {
    const { circuit } = this.#replica;
    const { code } = upstreamError(cause);
    if (isStale(this.#connection, code) || !REPLICAS_FAULTS.has(code)) circuit.withdrawn();
    else circuit.failed();
  }

  #settle(): void {
    this.#over = true;
    this.#replica.inFlight--;
  }
}

/** Whether a connection may have failed because the replica closed it after an older answer. */
function isStale(connection: UpstreamConnection | undefined, code: EdgeErrorCode): boolean {
  if (connection === undefined || code !== "upstream-broken") return false;
  return connection.carried > 1 && !connection.heard;
}

const REPLICAS_FAULTS = new Set<EdgeErrorCode>([
  "upstream-unreachable",
  "upstream-broken",
  "upstream-timeout",
]);
