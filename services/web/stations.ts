import type { Socket } from "node:net";
import {
  ALLOW,
  originForm,
  type RawFields,
  type Refusal,
  type RequestGuard,
} from "@gatehouse/http";
import { type Logger, logRefused } from "@gatehouse/telemetry";
import type { Cache } from "./cache/cache.ts";
import { isSafe } from "./cache/invalidation.ts";
import { acceptedSocket } from "./exchange/client.ts";
import { EdgeError, sendError } from "./exchange/edge-error.ts";
import { Exchange, type ExchangeContext } from "./exchange/exchange.ts";
import type { ClientRequest, ClientResponse } from "./exchange/http-versions.ts";
import type { Files } from "./files/files.ts";
import { ProtectedFileSink, type ProtectedFiles } from "./files/protected-files.ts";
import type { Ledger } from "./limits/ledger.ts";
import type { RequestLimits } from "./limits/request-limits.ts";
import type { RequestHandler } from "./listeners/listeners.ts";
import type { Pause } from "./pause/pause.ts";
import type { ReverseProxy } from "./proxy/reverse-proxy.ts";
import { affinityOf } from "./replicas/affinity.ts";
import type { Canary } from "./replicas/canary.ts";
import type { Router } from "./site/router.ts";
import { strictestOf } from "./site/strictest.ts";
import type { AcmeFolder } from "./tls/acme/acme-folder.ts";

export interface Rooms {
  readonly guard: RequestGuard;
  readonly ledger: Ledger;
  readonly limits: RequestLimits;
  readonly acme: AcmeFolder | undefined;
  readonly redirectTo: string | undefined;
  /** Files, routes and protected files: a reload of the site replaces the three. */
  router: Router<Files>;
  protectedFiles: ProtectedFiles;
  readonly pause: Pause;
  readonly cache: Cache | undefined;
  readonly canary: Canary;
  readonly proxy: ReverseProxy;
}

/**
 * The path of a request: its stations, in order. A station that responds ends the path; one that
 * refuses throws an EdgeError. docs/edge.md shows the comments that begin with "Station".
 */
export class RequestStations implements RequestHandler {
  readonly #rooms: Rooms;
  readonly #context: ExchangeContext;
  readonly #logger: Logger;
  readonly #cut = (exchange: Exchange, error: EdgeError) => {
    exchange.drop();
    this.#fail(exchange, error);
  };

  constructor(rooms: Rooms, context: ExchangeContext, logger: Logger) {
    this.#rooms = rooms;
    this.#context = context;
    this.#logger = logger;
  }

  // Before it, for each connection:
  // Station: connections | `listeners/listener.ts`, `limits/ledger.ts` | 503, 429
  // Station: TLS and HTTP's syntax | `listeners/listeners.ts`, `tls/`, `http1/`, `http2/` | 400, 408, 431, ...

  // Station: precedence | `limits/precedence.ts` | waits, where its client begins many
  yields(socket: Socket, alone = false): string | undefined {
    return this.#rooms.ledger.yields(acceptedSocket(socket), alone);
  }

  clientOf(socket: Socket): string | undefined {
    return this.#rooms.ledger.clientOf(acceptedSocket(socket));
  }

  serve(request: ClientRequest, response: ClientResponse): void {
    const { guard, ledger } = this.#rooms;
    const exchange = new Exchange(request, response, this.#context);
    const refused = ({ status, reason }: Refusal) =>
      this.#fail(exchange, new EdgeError("refused", status, reason));
    // Station: strict rules | `packages/http` | 400 and others of [http-rules.md](http-rules.md)
    const admitted =
      "stream" in request
        ? "stream" in response && guard.admit(request, response, refused)
        : request.admit(guard.limits, refused);
    // Station: requests in flight | `limits/ledger.ts` | 503, 429
    const over = ledger.begin(exchange, this.#cut);
    if (!admitted) return;
    if (over !== undefined) {
      this.#fail(exchange, over);
      return;
    }
    exchange.request.url = originForm(exchange.method, exchange.target);
    this.#follow(exchange).catch((error: unknown) => this.#fail(exchange, error));
  }

  reportMalformed(refusal: Refusal, client: string): RawFields {
    return logRefused(this.#logger, refusal, client);
  }

  failed(error: unknown): void {
    this.#logger.error("edge failure", { error });
  }

  async #follow(exchange: Exchange): Promise<void> {
    const { limits, acme, redirectTo, router, protectedFiles, pause } = this.#rooms;
    const { target } = exchange;

    // Station: rate of the client | `limits/request-limits.ts` | 429 above it
    limits.admit(exchange);

    // Station: `OPTIONS *` | `stations.ts` | 204 with `Allow`
    if (target === "*") {
      // It is about the server itself, not about a page (RFC 9110, section 9.3.7).
      exchange.respond(204, ["Allow", ALLOW], undefined);
      return;
    }

    // Station: ACME challenge | `tls/acme/acme-folder.ts` | 200 with the challenge's response
    if (acme?.respond(exchange)) return;

    // Station: HTTPS | `stations.ts` | 308 from plain HTTP, with `WEB_HTTPS=redirect`
    if (redirectTo !== undefined && exchange.client.scheme === "http") {
      // It keeps the method and the body (RFC 9110, section 15.4.9).
      exchange.respond(308, ["Location", redirectTo + target, "Content-Length", "0"], undefined);
      return;
    }

    // Station: protected files | `files/protected-files.ts` | 404 for a client's own request
    if (protectedFiles.hides(target)) throw notFound();

    // Station: static files | `files/` | the file, 304 or 404
    const files = router.mountOf(target);
    if (files !== undefined) {
      // A file in memory is sent without a promise.
      const served = files.serve(exchange);
      if (served === true || (await served)) return;
    }

    // Station: route | `site/router.ts` | 404 where there is none; of a path that applications read as several, the strictest
    const routes = router.routesOf(target);
    const [written] = routes;
    if (written === undefined) throw notFound();
    const route = strictestOf(written, routes, (each) => this.#rooms.proxy.timeoutsOf(each));

    // Station: rate of the client on the route | `limits/request-limits.ts` | 429 above it
    for (const each of routes) limits.admitTo(each, exchange);

    // Station: pause and maintenance | `pause/` | waits, 503, or 303 to a link with the way in
    if (pause.letIn(exchange)) return;
    const held = pause.admit(exchange);
    if (held !== undefined) await held;

    // Station: turn of the connection | `limits/turns.ts` | waits for others of its own, or 503
    const turn = this.#rooms.ledger.enter(exchange);
    if (turn !== undefined && !(await turn)) return;
    exchange.servedBy = "application";
    exchange.route = route.name;

    // Station: affinity | `replicas/affinity.ts` | goes on with the key of its replica, if it has one
    const affinity = affinityOf(route, exchange);
    if (affinity !== undefined) {
      exchange.affinity = affinity.key;
      exchange.newCookie = affinity.newCookie;
    }

    // Station: canary | `replicas/canary.ts` | goes on with the release of its client, while one is on trial
    this.#rooms.canary.assign(exchange);

    // Station: WebSocket | `proxy/reverse-proxy.ts`, `proxy/tunnel.ts` | 101 from a replica
    if (exchange.upgrade !== undefined) {
      // A pause does not wait for its end: it may stay open for days.
      pause.release(exchange);
      if (!this.#context.long(exchange)) return;
      await this.#rooms.proxy.forwardUpgrade(exchange, route, exchange.upgrade);
      return;
    }

    const failed = (error: unknown) => this.#fail(exchange, error);
    const sink = new ProtectedFileSink(exchange, protectedFiles, failed);
    const { cache, proxy } = this.#rooms;

    // Station: cache | `cache/` | a stored response, where the route has the cache
    // What a canary sends is for its own clients: only its changes reach the stored responses.
    const shared = exchange.release !== "canary" || !isSafe(exchange.method);
    if (cache !== undefined && route.cache && shared) {
      await cache.forward(exchange, route, sink);
      return;
    }

    // Station: proxy | `proxy/`, `replicas/` | the response of a replica, 502, 503 or 504
    await proxy.forward(exchange, route, sink);
  }

  #fail(exchange: Exchange, error: unknown): void {
    if (exchange.closed || exchange.response.writableEnded) return;
    if (exchange.response.headersSent) {
      exchange.abandon();
    } else if (error instanceof EdgeError) {
      sendError(exchange, error);
    } else {
      this.#logger.error("edge failure", { request_id: exchange.requestId, error });
      sendError(exchange, new EdgeError("internal-error", 500, "The web server failed."));
    }
  }
}

function notFound(): EdgeError {
  return new EdgeError("not-found", 404, "There is no such page.");
}
