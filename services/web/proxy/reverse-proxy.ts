import type { Logger } from "@gatehouse/telemetry";
import { codeOf, EdgeError, nothingWasSent, upstreamError } from "../exchange/edge-error.ts";
import type { ProxyRoute } from "../site/site.ts";
import type { AnswerSink } from "./answer-sink.ts";
import { Attempt, type Outcome } from "./attempt.ts";
import type { Forwardable } from "./forwardable.ts";
import type { Replica } from "./replica.ts";
import type { Replicas } from "./replicas.ts";
import { upstreamFields } from "./upstream-request.ts";

/** Methods that may be sent twice (RFC 9110, section 9.2.2), of which the edge repeats only these. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** Has a replica answer; another one if the first cannot have begun, or may be asked twice. */
export class ReverseProxy {
  readonly #replicas: Replicas;
  readonly #logger: Logger;
  #retries = 0;

  constructor(replicas: Replicas, logger: Logger) {
    this.#replicas = replicas;
    this.#logger = logger;
  }

  /** How many requests were sent to a further replica. */
  get retries(): number {
    return this.#retries;
  }

  /**
   * Has the application answer a request of a route into a sink; resolves when the answer is over.
   * @throws EdgeError where no answer began.
   */
  async forward(request: Forwardable, _route: ProxyRoute, sink: AnswerSink): Promise<void> {
    const tried = new Set<Replica>();
    let failure = new EdgeError("no-replica", 503, "No application is running at the moment.");
    for (;;) {
      const replica = this.#replicas.choose(tried);
      if (replica === undefined) throw failure;
      if (tried.size > 0) this.#retries++;
      tried.add(replica);
      const outcome = await attempt(request, replica, sink);
      if (outcome.answered) return;
      if (codeOf(outcome.cause) === "ABORTED") {
        throw new EdgeError("client-left", 499, "The client left.");
      }
      failure = upstreamError(outcome.cause);
      this.#logger.warn("attempt failed", {
        request_id: request.requestId,
        replica: replica.address,
        reason: `${codeOf(outcome.cause)} ${outcome.cause.message}`,
      });
      const unsent = nothingWasSent(outcome.cause);
      if (unsent) replica.suspect(outcome.cause.message);
      const repeatable = REPEATABLE.has(request.method) && request.body === undefined;
      if (failure.code === "upstream-timeout" || !(unsent || repeatable)) throw failure;
    }
  }
}

function attempt(request: Forwardable, replica: Replica, sink: AnswerSink): Promise<Outcome> {
  return new Promise((done) => {
    const { method, target, body } = request;
    replica.pool.dispatch(
      {
        method: method as "GET",
        path: target,
        headers: upstreamFields(request),
        body: body ?? null,
      },
      new Attempt(request, replica, sink, done),
    );
  });
}
