import { ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { millisecondsText } from "@gatehouse/telemetry";
import { contentTypeOf, type GivenFields } from "./given-fields.ts";
import type { Incoming } from "./incoming.ts";

/** Node's own, which is not in its manual: every head that it writes passes here, once. */
type StoreHeader = (statusLine: string, fields: GivenFields) => void;
const storeHeader: StoreHeader = Reflect.get(ServerResponse.prototype, "_storeHeader");

/** Where a request stands with its worker: it waits, or the application has it, or neither. */
export type Place = "outside" | "waiting" | "inside";

/** Who is told how an exchange went, and what holds for all of its answers. */
export interface ExchangeOwner {
  /** The worker is leaving: every answer asks its client to go elsewhere. */
  readonly lameDuck: boolean;
  /** Answers carry Server-Timing. */
  readonly timed: boolean;
  /** Milliseconds that the Keep-Alive field promises. */
  readonly keepAlive: number;
  /** The answer turns out to be a stream of events. */
  streams(exchange: Exchange): void;
  finish(exchange: Exchange): void;
}

/**
 * The response of one request, with what the gateway knows of the exchange. It puts
 * X-Request-ID and Server-Timing into the head, whoever writes it and in whatever way.
 */
export class Exchange extends ServerResponse<Incoming> {
  readonly receivedAt = performance.now();
  /** As it arrived: applications rewrite the request's own. */
  target = "";
  requestId = "";
  traceparent = "";
  /** The client's address. */
  client = "";
  place: Place = "outside";
  /** Milliseconds on the way from the edge, where it told, and in the worker's queue. */
  queued: number | undefined;
  /** Milliseconds that its connection waited to be taken by the worker. */
  waited = 0;
  /** When the application was called: at once, unless it had to wait. */
  calledAt = this.receivedAt;
  /** The answer is a stream of server-sent events, which has no end of its own. */
  streamsEvents = false;
  /** Node's own: what the Keep-Alive field says. */
  declare _keepAliveTimeout: number;
  /** The response's own property, since Express puts another prototype in the place of ours. */
  readonly _storeHeader: StoreHeader = storeHead;
  #owner: ExchangeOwner | undefined;

  /** From now on the owner's terms hold, and the owner is told the end. */
  ownedBy(owner: ExchangeOwner): void {
    this.#owner = owner;
    this._keepAliveTimeout = owner.keepAlive;
    this.on("close", tellOwner);
  }

  /** Has Node write the head, with the gateway's fields between the status line and `given`. */
  storeHead(statusLine: string, given: GivenFields): void {
    if (this.#owner?.lameDuck) this.shouldKeepAlive = false;
    if (contentTypeOf(given).startsWith(EVENT_STREAM)) {
      this.streamsEvents = true;
      this.#owner?.streams(this);
    }
    if (this.hasHeader("X-Request-ID")) this.removeHeader("X-Request-ID");
    const timing = this.#owner?.timed ? timingOf(this) : "";
    // They need none of Node's checks: none of their characters is the application's.
    const begun = `${statusLine}X-Request-ID: ${this.requestId}\r\n${timing}`;
    storeHeader.call(this, begun, given);
  }

  /** The answer has been sent, or the client has left. */
  over(): void {
    this.#owner?.finish(this);
  }
}

// Functions for all: closures of its own would cost each request.
function tellOwner(this: Exchange): void {
  Exchange.prototype.over.call(this);
}

function storeHead(this: Exchange, statusLine: string, given: GivenFields): void {
  Exchange.prototype.storeHead.call(this, statusLine, given);
}

/** In one piece: every answer has it. */
function timingOf({ receivedAt, calledAt, queued }: Exchange): string {
  const now = performance.now();
  const queue = queued === undefined ? "" : `queue;dur=${millisecondsText(queued)}, `;
  const whole = millisecondsText(now - receivedAt);
  return `Server-Timing: ${queue}gateway;dur=${whole}, app;dur=${millisecondsText(now - calledAt)}\r\n`;
}

const EVENT_STREAM = "text/event-stream";
