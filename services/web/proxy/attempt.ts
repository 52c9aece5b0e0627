import { keyOfClient } from "@gatehouse/http";
import type { Span } from "@gatehouse/telemetry";
import {
  codeOf,
  type EdgeErrorCode,
  UpstreamError,
  type UpstreamErrorCode,
  upstreamError,
} from "../exchange/edge-error.ts";
import type { ResponseSource } from "../exchange/response-sink.ts";
import type { Waiter } from "../replicas/connection-pool.ts";
import { ASK_AFTER } from "../replicas/liveness.ts";
import type { Replica } from "../replicas/replica.ts";
import { badResponse, type ResponseHead } from "../replicas/response-head.ts";
import type { ConnectionUser, UpstreamConnection } from "../replicas/upstream-connection.ts";
import { endAttempt } from "../telemetry/spans.ts";
import type { BodyWriter } from "./request-body.ts";
import { type AttemptFailure, isOwnFault, isRetryable } from "./retry-rules.ts";
import { Unwanted } from "./unwanted.ts";
import { requestHead, type UpstreamRequest } from "./upstream-request.ts";

export interface AttemptOwner {
  /** A response to a suspect has begun. */
  responded(upstream: UpstreamRequest): void;
  /** Whether another replica is ready to take it from this one. */
  canMove(upstream: UpstreamRequest, replica: Replica): boolean;
  failed(upstream: UpstreamRequest, replica: Replica, failure: AttemptFailure): void;
}

/** Sends a request to one replica, and the response to the sink as it is received. */
export class Attempt implements ResponseSource, Waiter, ConnectionUser, BodyWriter {
  readonly #upstream: UpstreamRequest;
  readonly #replica: Replica;
  readonly #owner: AttemptOwner;
  readonly #requestHead: string;
  readonly #span: Span | undefined;
  #connection: UpstreamConnection | undefined;
  #head: ResponseHead | undefined;
  #bodySent: boolean;
  #waitsFor: UpstreamErrorCode = "FIRST_BYTE_TIMEOUT";
  #startedAt = 0;
  #sentAt = 0;
  /** When the first byte is due, by performance.now(). */
  #headDue = 0;
  #over = false;

  /** @throws EdgeError where the request cannot be written as HTTP/1.1. */
  constructor(upstream: UpstreamRequest, replica: Replica, owner: AttemptOwner) {
    this.#upstream = upstream;
    this.#replica = replica;
    this.#owner = owner;
    const { request } = upstream;
    this.#span = request.span?.child();
    this.#requestHead = requestHead(upstream, this.#span?.traceparent ?? request.traceparent);
    this.#bodySent = upstream.body === undefined;
  }

  /** The second try of a suspect is its last one: it must not meet a connection that is being closed. */
  get needsNew(): boolean {
    return this.#upstream.suspect;
  }

  get client(): string {
    return keyOfClient(this.#upstream.request.client);
  }

  get readsFor(): string | undefined {
    return this.#upstream.sink.isShared ? undefined : this.client || undefined;
  }

  get connection(): object {
    return this.#upstream.request.connection;
  }

  start(): void {
    const { pool, circuit, address } = this.#replica;
    this.#replica.inFlight++;
    circuit.started();
    this.#upstream.request.attempt(address);
    if (this.#span !== undefined) this.#startedAt = performance.now();
    this.#upstream.sink.attach(this);
    if (this.#over) return;
    if (this.#upstream.upgraded === undefined) pool.acquire(this);
    else pool.openForHandshake(this);
  }

  resume(): void {
    if (this.#over) return;
    this.#wait("SILENCE_TIMEOUT", this.#upstream.timeouts.betweenBytes);
    this.#connection?.resume();
  }

  abort(): void {
    this.fail(new UpstreamError("ABORTED", "the response is not wanted any more"));
  }

  setAside(): void {
    if (!this.#over && this.#connection !== undefined) {
      this.#replica.pool.setAside(this.#connection);
    }
  }

  connected(connection: UpstreamConnection): void {
    if (this.#over) {
      connection.close(undefined);
      return;
    }
    const { request, body } = this.#upstream;
    this.#connection = connection;
    request.sent();
    this.#sentAt = performance.now();
    const begin =
      body &&
      (() => {
        this.#waitForClient();
        body.start(this);
      });
    connection.send(this, request.method, this.#requestHead, begin);
    if (body === undefined) this.#waitForReplica();
  }

  write(piece: Buffer | string): boolean {
    if (this.#over || this.#connection === undefined) return false;
    const more = this.#connection.write(piece);
    if (!more) this.#wait("SEND_TIMEOUT", this.#upstream.timeouts.send);
    return more;
  }

  bodyEnded(): void {
    if (this.#over) return;
    this.#bodySent = true;
    if (this.#connection?.flushed) this.#waitForReplica();
    else this.#wait("SEND_TIMEOUT", this.#upstream.timeouts.send);
  }

  drained(): void {
    if (this.#bodySent) {
      this.#waitForReplica();
      return;
    }
    this.#waitForClient();
    this.#upstream.body?.resume();
  }

  interim(head: ResponseHead): void {
    this.#upstream.sink.interim(head.status, head.fields);
  }

  head(head: ResponseHead): void {
    this.#begin(head);
    this.#upstream.sink.head(head.status, head.fields, head.timing);
  }

  data(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#upstream.sink.data(chunk)) {
      this.#wait("SILENCE_TIMEOUT", this.#upstream.timeouts.betweenBytes);
    } else {
      this.#waitForClient();
      this.#connection?.pause();
    }
  }

  end(trailers: readonly string[], clean: boolean): void {
    if (this.#over) return;
    const { sink, body, upgraded } = this.#upstream;
    sink.end(trailers);
    this.#settle(undefined);
    this.#upstream.resolve();
    const connection = this.#connection;
    if (connection === undefined) return;
    if (clean && this.#bodySent && this.#head?.persistent && upgraded === undefined) {
      this.#replica.pool.release(connection, this.#head.keepAlive);
      return;
    }
    if (!this.#bodySent) body?.stop();
    connection.close(undefined);
  }

  switched(head: ResponseHead, rest: Buffer): void {
    // A response may only switch to what was asked for (RFC 9110, section 15.2.2).
    if (head.upgrade?.toLowerCase() !== "websocket") throw badResponse("what it upgrades to");
    this.#begin(head);
    this.#over = true;
    this.#endSpan(undefined);
    const socket = this.#connection?.detach(rest);
    if (socket === undefined) return;
    socket.once("close", () => this.#replica.inFlight--);
    this.#upstream.resolve();
    this.#upstream.upgraded?.(head, socket);
  }

  timedOut(): void {
    if (this.#waitsFor === "FIRST_BYTE_TIMEOUT" && performance.now() < this.#headDue) {
      void this.#askWhetherAlive();
      return;
    }
    const late = performance.now() >= this.#upstream.deadline;
    const code = late ? "TOTAL_TIMEOUT" : this.#waitsFor;
    this.fail(new UpstreamError(code, "the replica took too long"));
  }

  /** There is no connection, it closed, the body broke off, a timeout passed, or an abort. */
  fail(cause: Error): void {
    if (this.#over) return;
    this.#settle(cause);
    const connection = this.#connection;
    if (connection === undefined) this.#replica.pool.forget(this);
    const { code } = upstreamError(cause);
    const responded = this.#head !== undefined;
    if (!responded) this.#reportToCircuit(cause, code);
    if (responded && code !== "client-left") this.#upstream.sink.fail(cause);
    if (!this.#bodySent && connection !== undefined) this.#upstream.body?.stop();
    if (connection !== undefined) this.#leave(connection, cause);
    if (responded) {
      this.#upstream.resolve();
      return;
    }
    this.#owner.failed(this.#upstream, this.#replica, {
      cause,
      sent: connection !== undefined,
      received: connection?.received ?? false,
      kept: connection !== undefined && connection.carried > 1,
      ranFor: connection === undefined ? 0 : performance.now() - this.#sentAt,
    });
  }

  #leave(connection: UpstreamConnection, cause: Error): void {
    const isWhole = this.#bodySent && this.#upstream.upgraded === undefined;
    if (!isWhole || codeOf(cause) !== "ABORTED") connection.close(undefined);
    else Unwanted.take(connection, this.#replica, this.client, this.#head);
  }

  /** Of a request without a response. */
  #reportToCircuit(cause: Error, code: EdgeErrorCode): void {
    const { circuit } = this.#replica;
    const waitsForClient = codeOf(cause) === "TOTAL_TIMEOUT" && this.#waitsFor === "TOTAL_TIMEOUT";
    if (!FAILURES_OF_REPLICA.has(code) || isOwnFault(cause) || waitsForClient) circuit.abandoned();
    else if (this.#connection === undefined) circuit.refused();
    else circuit.noResponse();
  }

  #begin(head: ResponseHead): void {
    this.#head = head;
    this.#upstream.request.headReceived();
    this.#replica.circuit.responded();
    if (this.#upstream.suspect) this.#owner.responded(this.#upstream);
  }

  #waitForReplica(): void {
    const { firstByte, betweenBytes } = this.#upstream.timeouts;
    if (this.#head !== undefined) {
      this.#wait("SILENCE_TIMEOUT", betweenBytes);
      return;
    }
    this.#wait("FIRST_BYTE_TIMEOUT", firstByte);
    this.#headDue = this.#connection?.deadline ?? 0;
    this.#askLater();
  }

  /** Has `timedOut` called earlier, where the request could be moved to another replica. */
  #askLater(): void {
    const { moved } = this.#upstream;
    if (this.#connection === undefined || moved || !isRetryable(this.#upstream)) return;
    this.#connection.deadline = Math.min(this.#headDue, performance.now() + ASK_AFTER);
  }

  /** A slow application is waited for. Where the whole replica is silent, another one gets the request. */
  async #askWhetherAlive(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.deadline = this.#headDue;
    const isAlive = await this.#replica.isAlive();
    if (this.#over || connection.received || this.#waitsFor !== "FIRST_BYTE_TIMEOUT") return;
    if (isAlive || !this.#owner.canMove(this.#upstream, this.#replica)) this.#askLater();
    else
      this.fail(new UpstreamError("REPLICA_SILENT", "no response, neither to it nor to a check"));
  }

  /** A slow client has limits of its own; here only the total time counts. */
  #waitForClient(): void {
    this.#wait("TOTAL_TIMEOUT", Number.POSITIVE_INFINITY);
  }

  #wait(code: UpstreamErrorCode, timeout: number): void {
    if (this.#connection === undefined) return;
    this.#waitsFor = code;
    this.#connection.deadline = Math.min(performance.now() + timeout, this.#upstream.deadline);
  }

  #settle(cause: Error | undefined): void {
    this.#over = true;
    this.#replica.inFlight--;
    this.#endSpan(cause);
  }

  #endSpan(cause: Error | undefined): void {
    if (this.#span === undefined) return;
    const { request, attempts } = this.#upstream;
    const status = this.#head?.status;
    const failure = cause && (codeOf(cause) || cause.name);
    const { address: replica } = this.#replica;
    const start = this.#startedAt;
    endAttempt(this.#span, request, { replica, attempts, status, failure, start });
  }
}

/** The others say nothing about the replica: the client left, or its request was refused. */
const FAILURES_OF_REPLICA = new Set<EdgeErrorCode>([
  "upstream-unreachable",
  "upstream-broken",
  "upstream-timeout",
]);
