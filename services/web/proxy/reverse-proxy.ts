import type { Readable } from "node:stream";
import type { Logger } from "@gatehouse/telemetry";
import { codeOf, EdgeError, isUnreachable, upstreamError } from "../exchange/edge-error.ts";
import type { ResponseSink } from "../exchange/response-sink.ts";
import type { Replica } from "../replicas/replica.ts";
import type { Replicas } from "../replicas/replicas.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import { Attempt, type AttemptOwner, type Errand, type Unanswered } from "./attempt.ts";
import { BodyBuffer } from "./buffered-body.ts";
import { gathered } from "./gathering.ts";
import type { ProxiedRequest } from "./proxied-request.ts";
import { brokenOff, type RequestBody, StreamedBody, tooLarge } from "./request-body.ts";
import { type Timeouts, timeoutsOf } from "./timeouts.ts";
import { listed } from "./upstream-request.ts";

/** Methods that may be sent twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Replicas whose kept connections turn out to be closed may be asked again: this ends the trying. */
const MOST_ATTEMPTS = 4;

/** Has a replica answer; another one if the first cannot have begun, or may be asked twice. */
export class ReverseProxy implements AttemptOwner {
  readonly #settings: WebSettings;
  readonly #replicas: Replicas;
  readonly #logger: Logger;
  readonly #buffer: BodyBuffer;
  readonly #timeouts = new WeakMap<ProxyRoute, Timeouts>();
  #retries = 0;

  constructor(settings: WebSettings, replicas: Replicas, logger: Logger) {
    this.#settings = settings;
    this.#replicas = replicas;
    this.#logger = logger;
    this.#buffer = new BodyBuffer({
      memory: settings.bufferMemory,
      disk: settings.bufferDisk,
      folder: settings.bufferFolder,
    });
  }

  /** How many requests were sent to a further replica. */
  get retries(): number {
    return this.#retries;
  }

  /**
   * Has the application answer a request of a route into a sink; resolves when the answer is over.
   * @throws EdgeError where no answer began.
   */
  forward(request: ProxiedRequest, route: ProxyRoute, sink: ResponseSink): Promise<void> {
    const { body } = request;
    if (body === undefined) return this.#run(request, undefined, false, route, sink);
    return this.#forwardBody(request, body, route, sink);
  }

  async #forwardBody(
    request: ProxiedRequest,
    body: Readable,
    route: ProxyRoute,
    sink: ResponseSink,
  ) {
    const asksFirst = route.continues === "application" && waitsToSend(request);
    const limit = this.#bodyLimit(request, route);
    if (route.body !== "buffer") {
      if (!asksFirst) sink.interim(100, []);
      if (!asksFirst && route.body === "gather") {
        await gathered(body);
        if (body.destroyed && !body.readableEnded) throw upstreamError(brokenOff());
      }
      const trailers = () => request.rawTrailers;
      const streamed = new StreamedBody(body, lengthOf(request), limit, trailers);
      return this.#run(request, streamed, asksFirst, route, sink);
    }
    sink.interim(100, []);
    const whole = await this.#buffer.take(body, limit).catch((error: Error) => {
      throw upstreamError(error);
    });
    return this.#run(request, whole, false, route, sink).finally(() => whole.discard());
  }

  /** Asks one replica after the other, as long as that is safe. One promise for all of it. */
  #run(
    request: ProxiedRequest,
    body: RequestBody | undefined,
    asksFirst: boolean,
    route: ProxyRoute,
    sink: ResponseSink,
  ): Promise<void> {
    return new Promise((done, failed) => {
      const timeouts = this.#timeoutsOf(route);
      const until = performance.now() + timeouts.total;
      const count = { attempts: 0, tried: undefined, stale: false, failure: undefined };
      this.#next({ request, body, asksFirst, sink, timeouts, until, done, failed, ...count });
    });
  }

  #next(errand: Errand): void {
    const replica = errand.attempts < MOST_ATTEMPTS ? this.#choose(errand) : undefined;
    if (replica === undefined) {
      errand.failed(errand.failure ?? noReplica());
      return;
    }
    if (errand.attempts++ > 0) this.#retries++;
    try {
      new Attempt(errand, replica, this).start();
    } catch (error) {
      errand.failed(error);
    }
  }

  answered(errand: Errand): void {
    errand.done();
  }

  unanswered(errand: Errand, replica: Replica, how: Unanswered): void {
    const failure = upstreamError(how.cause);
    errand.failure = failure;
    if (failure.code === "client-left") {
      errand.failed(failure);
      return;
    }
    this.#note(errand, replica, how);
    if (!mayRepeat(errand, how)) {
      errand.failed(failure);
      return;
    }
    errand.tried = (errand.tried ?? new Set()).add(replica);
    errand.stale ||= how.kept;
    this.#next(errand);
  }

  /**
   * Another replica. A kept connection that was closed just then says nothing about its replica,
   * which is asked again where there is no other.
   */
  #choose({ tried, stale }: Errand): Replica | undefined {
    return this.#replicas.choose(tried) ?? (stale ? this.#replicas.choose(undefined) : undefined);
  }

  #timeoutsOf(route: ProxyRoute): Timeouts {
    const known = this.#timeouts.get(route);
    if (known !== undefined) return known;
    const timeouts = timeoutsOf(route, this.#settings);
    this.#timeouts.set(route, timeouts);
    return timeouts;
  }

  /** Bytes. @throws EdgeError 413 where the request says that it has more. */
  #bodyLimit(request: ProxiedRequest, { bodyLimit }: ProxyRoute): number {
    const limit = bodyLimit ?? Number.POSITIVE_INFINITY;
    if ((lengthOf(request) ?? 0) > limit) throw tooLarge(limit);
    return limit;
  }

  #note({ request }: Errand, replica: Replica, { cause, kept, sent, heard }: Unanswered): void {
    this.#logger.warn("attempt failed", {
      request_id: request.requestId,
      replica: replica.address,
      reason: `${codeOf(cause)} ${cause.message}`,
      sent,
      heard,
      kept,
    });
    if (isUnreachable(cause)) replica.suspect(cause.message);
  }
}

function noReplica(): EdgeError {
  return new EdgeError("no-replica", 503, "No application is running at the moment.");
}

/** Whether a request may be sent once more, after an attempt that brought no answer. */
function mayRepeat({ request, body }: Errand, { cause, sent, heard }: Unanswered): boolean {
  const { code } = upstreamError(cause);
  if (code === "upstream-timeout" || code === "bad-request" || code === "too-large") return false;
  if (body !== undefined && !body.replayable) return false;
  return !sent || (!heard && IDEMPOTENT.has(request.method));
}

function lengthOf({ rawHeaders }: ProxiedRequest): number | undefined {
  const length = listed("content-length", rawHeaders);
  return length === undefined ? undefined : Number(length);
}

/** Whether the client holds its body back until it is told to send (RFC 9110, section 10.1.1). */
function waitsToSend({ rawHeaders }: ProxiedRequest): boolean {
  return listed("expect", rawHeaders)?.toLowerCase() === "100-continue";
}
