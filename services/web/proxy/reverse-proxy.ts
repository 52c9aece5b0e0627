import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { fieldValue } from "@gatehouse/http";
import { counter, gauge, type Logger, type Metric } from "@gatehouse/telemetry";
import { EdgeError, isUnreachable, upstreamError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink } from "../exchange/response-sink.ts";
import type { Upgrade } from "../http1/request.ts";
import type { Replica } from "../replicas/replica.ts";
import type { Replicas } from "../replicas/replicas.ts";
import type { ResponseHead } from "../replicas/response-head.ts";
import type { WebSettings } from "../settings.ts";
import type { ProxyRoute } from "../site/site.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import { AttemptLog } from "./attempt-log.ts";
import { BodyBuffer } from "./buffered-body.ts";
import { brokenOff, gathered, type RequestBody, StreamedBody, tooLarge } from "./request-body.ts";
import { type AttemptFailure, isOwnFault, isSilent, isSuspect, mayRetry } from "./retry-rules.ts";
import { Suspects } from "./suspects.ts";
import { Tunnel } from "./tunnel.ts";
import type { ProxiedRequest, Timeouts, UpstreamRequest } from "./upstream-request.ts";

/** Attempts of one request. Only failures before anything is sent can use all: each may take the connect timeout. */
const MOST_ATTEMPTS = 4;

/** Characters of a target in a log line. */
const LONGEST_TARGET = 512;

/** Sends requests and WebSocket handshakes to a replica, and to another one where that is safe. */
export class ReverseProxy implements AttemptOwner {
  readonly #settings: WebSettings;
  readonly #replicas: Replicas;
  readonly #logger: Logger;
  readonly #buffer: BodyBuffer;
  readonly #timeouts = new WeakMap<ProxyRoute, Timeouts>();
  readonly #tunnels = new Set<Tunnel>();
  readonly #suspects = new Suspects<UpstreamRequest>((upstream) => this.#tryNext(upstream));
  readonly #log: AttemptLog;
  #retries = 0;

  constructor(settings: WebSettings, replicas: Replicas, logger: Logger) {
    this.#settings = settings;
    this.#replicas = replicas;
    this.#logger = logger;
    this.#log = new AttemptLog(logger);
    this.#buffer = new BodyBuffer(settings, logger);
  }

  metrics(): Metric[] {
    const { repeated, givenUp } = this.#suspects;
    return [
      counter("web_upstream_retries_total", "Requests sent once more", this.#retries),
      counter("web_upstream_suspects_total", "Requests whose worker ended before a response", [
        { labels: { result: "repeated" }, value: repeated },
        { labels: { result: "given_up" }, value: givenUp },
      ]),
      gauge("web_tunnels", "WebSockets that are open through the edge", this.#tunnels.size),
    ];
  }

  /**
   * Sends a request to the application, and its response to a sink; resolves at the response's end.
   * @throws EdgeError where no response began.
   */
  forward(request: ProxiedRequest, route: ProxyRoute, sink: ResponseSink): Promise<void> {
    const { body } = request;
    if (body === undefined) return this.#send(request, route, sink);
    return this.#forwardBody(request, body, route, sink);
  }

  /**
   * Opens a WebSocket to the application; resolves once it is open, or at the end of a refusal.
   * @throws EdgeError where no response began.
   */
  forwardUpgrade(exchange: Exchange, route: ProxyRoute, { socket }: Upgrade): Promise<void> {
    const upgraded = ({ fields, timing }: ResponseHead, upstream: Socket) => {
      const tunnel = new Tunnel(socket, upstream, this.#settings.tunnelIdle, () =>
        this.#tunnels.delete(tunnel),
      );
      this.#tunnels.add(tunnel);
      exchange.switchProtocols(fields, timing, () => tunnel.start());
    };
    return this.#send(exchange, route, exchange, undefined, false, upgraded);
  }

  /** Ends all WebSockets, for an edge whose graceful timeout is over. */
  endTunnels(): void {
    for (const tunnel of this.#tunnels) tunnel.end();
  }

  async #forwardBody(
    request: ProxiedRequest,
    body: Readable,
    route: ProxyRoute,
    sink: ResponseSink,
  ) {
    const expectsContinue = route.continues === "application" && expects100(request);
    const announced = fieldValue("content-length", request.rawHeaders);
    const length = announced === undefined ? undefined : Number(announced);
    const limit = route.bodyLimit ?? Number.POSITIVE_INFINITY;
    if ((length ?? 0) > limit) throw tooLarge(limit);
    if (route.body !== "buffer") {
      if (!expectsContinue) sink.interim(100, []);
      if (!expectsContinue && route.body === "gather") {
        await gathered(body);
        if (body.destroyed && !body.readableEnded) throw upstreamError(brokenOff());
      }
      const streamed = new StreamedBody(body, length, limit, request);
      return this.#send(request, route, sink, streamed, expectsContinue);
    }
    sink.interim(100, []);
    const whole = await this.#buffer.take(body, limit, request).catch((error: Error) => {
      throw upstreamError(error);
    });
    return this.#send(request, route, sink, whole).finally(() => this.#buffer.discard(whole));
  }

  #send(
    request: ProxiedRequest,
    route: ProxyRoute,
    sink: ResponseSink,
    body?: RequestBody,
    expectsContinue = false,
    upgraded?: UpstreamRequest["upgraded"],
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const timeouts = this.timeoutsOf(route);
      this.#tryNext({
        request,
        body,
        expectsContinue,
        upgraded,
        sink,
        timeouts,
        deadline: performance.now() + timeouts.total,
        resolve,
        reject,
        attempts: 0,
        tried: undefined,
        suspect: false,
        moved: false,
        failure: undefined,
      });
    });
  }

  /** The retry loop: a failed attempt comes back here, by way of `failed`, if it may be repeated. */
  #tryNext(upstream: UpstreamRequest): void {
    const replica = upstream.attempts < MOST_ATTEMPTS ? this.#choose(upstream) : undefined;
    if (replica === undefined) {
      this.#reject(upstream, upstream.failure ?? noReplica());
      return;
    }
    if (upstream.attempts++ > 0) this.#retries++;
    try {
      new Attempt(upstream, replica, this).start();
    } catch (error) {
      this.#reject(upstream, error);
    }
  }

  responded(upstream: UpstreamRequest): void {
    this.#suspects.ended(upstream, true);
  }

  canMove({ request, tried }: UpstreamRequest, replica: Replica): boolean {
    const without = new Set(tried).add(replica);
    const other = this.#replicas.choose(without, request.affinity, request.release);
    return other?.state === "ready";
  }

  failed(upstream: UpstreamRequest, replica: Replica, attempt: AttemptFailure): void {
    const failure = upstreamError(attempt.cause);
    const suspect = isSuspect(attempt, failure);
    if (failure.code !== "client-left") this.#note(upstream, replica, attempt, suspect);
    upstream.failure = failure;
    upstream.moved ||= isSilent(attempt.cause);
    upstream.tried = (upstream.tried ?? new Set()).add(replica);
    if (suspect && upstream.suspect) this.#giveUp(upstream, failure);
    else if (!mayRetry(upstream, attempt, failure)) this.#reject(upstream, failure);
    else if (suspect) {
      upstream.suspect = true;
      this.#suspects.add(upstream, attempt.ranFor);
    } else this.#tryNext(upstream);
  }

  #reject(upstream: UpstreamRequest, error: unknown): void {
    if (upstream.suspect) this.#suspects.ended(upstream, false);
    upstream.reject(error);
  }

  #giveUp(upstream: UpstreamRequest, failure: EdgeError): void {
    const { requestId, method, target } = upstream.request;
    this.#suspects.givenUp++;
    this.#logger.warn("request given up", {
      request_id: requestId,
      method,
      target: target.slice(0, LONGEST_TARGET),
      reason: "two workers ended without a response to it: look in their log for the cause",
      replicas: [...(upstream.tried ?? [])].map(({ address }) => address),
    });
    this.#reject(upstream, failure);
  }

  /** A suspect's own replica is tried again if there is no other: it stands for several workers. */
  #choose({ request, tried, suspect }: UpstreamRequest): Replica | undefined {
    const { affinity, release } = request;
    return (
      this.#replicas.choose(tried, affinity, release) ??
      (suspect ? this.#replicas.choose(undefined, affinity, release) : undefined)
    );
  }

  /** A route's own timeouts, and those of the settings where it has none. */
  timeoutsOf(route: ProxyRoute): Timeouts {
    const known = this.#timeouts.get(route);
    if (known !== undefined) return known;
    const { send, firstByte, betweenBytes, total } = route.timeouts;
    const timeouts = {
      send: send ?? this.#settings.upstreamSendTimeout,
      firstByte: firstByte ?? this.#settings.upstreamTimeout,
      betweenBytes: betweenBytes ?? this.#settings.upstreamSilence,
      total: total ?? (this.#settings.upstreamTotalTimeout || Number.POSITIVE_INFINITY),
    };
    this.#timeouts.set(route, timeouts);
    return timeouts;
  }

  #note(
    { request }: UpstreamRequest,
    replica: Replica,
    failure: AttemptFailure,
    suspect: boolean,
  ): void {
    const { cause } = failure;
    this.#log.failed(request.requestId, replica.address, failure, suspect);
    // Down until the next check.
    if (isSilent(cause) || (isUnreachable(cause) && !isOwnFault(cause)))
      replica.become("down", cause.message);
  }
}

function noReplica(): EdgeError {
  return new EdgeError("no-replica", 503, "No application is running at the moment.");
}

/** Whether the client sends its body only after 100 Continue (RFC 9110, section 10.1.1). */
function expects100({ rawHeaders }: ProxiedRequest): boolean {
  return fieldValue("expect", rawHeaders)?.toLowerCase() === "100-continue";
}
