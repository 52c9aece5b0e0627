import type { Logger } from "@gatehouse/telemetry";
import { codeOf, EdgeError, isUnreachable, upstreamError } from "../exchange/edge-error.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import type { AnswerSink } from "./answer-sink.ts";
import { Attempt, type Errand, type Outcome, type Unanswered } from "./attempt.ts";
import { BodyBuffer } from "./buffered-body.ts";
import type { Forwardable } from "./forwardable.ts";
import type { Replica } from "./replica.ts";
import type { Replicas } from "./replicas.ts";
import { StreamedBody, tooLarge } from "./request-body.ts";
import { timeoutsOf } from "./timeouts.ts";
import { listed } from "./upstream-request.ts";

/** Methods that may be sent twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Kept connections that turn out to be closed do not count as tried: this ends the trying. */
const MOST_ATTEMPTS = 4;

/** Has a replica answer; another one if the first cannot have begun, or may be asked twice. */
export class ReverseProxy {
  readonly #settings: WebSettings;
  readonly #replicas: Replicas;
  readonly #logger: Logger;
  readonly #buffer: BodyBuffer;
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
  async forward(request: Forwardable, route: ProxyRoute, sink: AnswerSink): Promise<void> {
    const timeouts = timeoutsOf(route, this.#settings);
    const until = performance.now() + timeouts.total;
    if (request.body === undefined) {
      await this.#ask({ request, body: undefined, asksFirst: false, sink, timeouts, until });
      return;
    }
    const asksFirst = route.continues === "application" && waitsToSend(request);
    const limit = this.#bodyLimit(request, route);
    if (route.body === "stream") {
      if (!asksFirst) sink.interim(100, []);
      const length = lengthOf(request);
      const body = new StreamedBody(request.body, length, limit, () => request.rawTrailers);
      await this.#ask({ request, body, asksFirst, sink, timeouts, until });
      return;
    }
    sink.interim(100, []);
    const body = await this.#buffer.take(request.body, limit).catch((error: Error) => {
      throw upstreamError(error);
    });
    await this.#ask({ request, body, asksFirst: false, sink, timeouts, until }).finally(() =>
      body.discard(),
    );
  }

  /** Asks one replica after the other, as long as that is safe. */
  async #ask(errand: Errand): Promise<void> {
    let tried: Set<Replica> | undefined;
    let failure: EdgeError | undefined;
    for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
      const replica = this.#replicas.choose(tried);
      if (replica === undefined) break;
      if (attempts > 0) this.#retries++;
      const outcome = await attempt(errand, replica);
      if (outcome.answered) return;
      failure = upstreamError(outcome.cause);
      if (failure.code === "client-left") break;
      this.#note(errand, replica, outcome);
      if (!mayRepeat(errand, outcome)) break;
      // A kept connection that the replica had just closed says nothing about the replica.
      if (!outcome.kept) tried = (tried ?? new Set()).add(replica);
    }
    throw failure ?? new EdgeError("no-replica", 503, "No application is running at the moment.");
  }

  /** Bytes. @throws EdgeError 413 where the request says that it has more. */
  #bodyLimit(request: Forwardable, { bodyLimit }: ProxyRoute): number {
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

function attempt(errand: Errand, replica: Replica): Promise<Outcome> {
  return new Promise((done) => new Attempt(errand, replica, done).start());
}

/** Whether a request may be sent once more, after an attempt that brought no answer. */
function mayRepeat({ request, body }: Errand, { cause, sent, heard }: Unanswered): boolean {
  const { code } = upstreamError(cause);
  if (code === "upstream-timeout" || code === "bad-request" || code === "too-large") return false;
  if (body !== undefined && !body.replayable) return false;
  return !sent || (!heard && IDEMPOTENT.has(request.method));
}

function lengthOf({ rawHeaders }: Forwardable): number | undefined {
  const length = listed("content-length", rawHeaders);
  return length === undefined ? undefined : Number(length);
}

/** Whether the client holds its body back until it is told to send (RFC 9110, section 10.1.1). */
function waitsToSend({ rawHeaders }: Forwardable): boolean {
  return listed("expect", rawHeaders)?.toLowerCase() === "100-continue";
}
