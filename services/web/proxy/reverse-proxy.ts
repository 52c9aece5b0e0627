import type { Logger } from "@gatehouse/telemetry";
import { codeOf, EdgeError, nothingWasSent, upstreamError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { Attempt, type Outcome } from "./attempt.ts";
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

  /** @throws EdgeError where no replica began an answer. */
  async forward(exchange: Exchange): Promise<void> {
    const tried = new Set<Replica>();
    let failure = new EdgeError("no-replica", 503, "No application is running at the moment.");
    for (;;) {
      const replica = this.#replicas.choose(tried);
      if (replica === undefined) throw failure;
      if (tried.size > 0) this.#retries++;
      tried.add(replica);
      const outcome = await attempt(exchange, replica);
      if (outcome.answered || exchange.closed) return;
      failure = upstreamError(outcome.cause);
      this.#logger.warn("attempt failed", {
        request_id: exchange.requestId,
        replica: replica.address,
        reason: `${codeOf(outcome.cause)} ${outcome.cause.message}`,
      });
      const unsent = nothingWasSent(outcome.cause);
      if (unsent) replica.suspect(outcome.cause.message);
      const repeatable = REPEATABLE.has(exchange.method) && !exchange.hasBody;
      if (failure.code === "upstream-timeout" || !(unsent || repeatable)) throw failure;
    }
  }
}

function attempt(exchange: Exchange, replica: Replica): Promise<Outcome> {
  return new Promise((done) => {
    const { method, target, request, hasBody } = exchange;
    replica.pool.dispatch(
      {
        method: method as "GET",
        path: target,
        headers: upstreamFields(exchange),
        body: hasBody ? request : null,
      },
      new Attempt(exchange, replica, done),
    );
  });
}
