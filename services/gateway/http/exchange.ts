import { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { millisecondsText, type Span } from "@gatehouse/telemetry";

/** Node's own, undocumented: discards what is left of a request's body. */
const dump: () => void = Reflect.get(IncomingMessage.prototype, "_dump");

/** A request that closes with its response; without listeners it skips a stream's last steps. */
export class Incoming extends IncomingMessage {
  declare _dumpAndCloseReadable: () => void;

  _dump(): void {
    const whole = this.complete && this.readableLength === 0;
    if (whole && this.listenerCount("end") === 0 && this.listenerCount("close") === 0) {
      this._dumpAndCloseReadable();
    } else dump.call(this);
  }
}

/** The server of an exchange. */
export interface ExchangeOwner {
  /** Every response closes its connection. */
  readonly lameDuck: boolean;
  readonly serverTiming: boolean;
  /** Milliseconds for the Keep-Alive field. */
  readonly keepAlive: number;
  /** The response has server-sent events, and no end of its own. */
  eventStream(exchange: Exchange): void;
  /** The response has been sent, or the client has left. */
  ended(exchange: Exchange): void;
}

/** What the gateway knows of a request. */
class RequestState {
  readonly receivedAt = performance.now();
  /** As received: applications rewrite the request's own. */
  target = "";
  requestId = "";
  traceparent = "";
  /** Set where traces are sent, and there alone: a field for nothing would cost every request. */
  declare span: Span;
  /** The client's address. */
  client = "";
  admission: "outside" | "waiting" | "admitted" = "outside";
  /** Milliseconds from the proxy in front to the application, as far as they are known. */
  queueTime: number | undefined;
  /** Milliseconds that its connection waited for the worker. */
  connectionWait = 0;
  /** Another worker serves the request: it adds the gateway's fields, counts and logs. */
  passedOn = false;
  /** When its last wait ended, and the application was called: at once, unless it waited. */
  calledAt = this.receivedAt;
}

/** The response of one request. It adds the gateway's fields to the head. */
export class Exchange extends ServerResponse<Incoming> {
  /** Private: applications give their responses fields of any name. */
  readonly #state = new RequestState();
  /** Node's own: what the Keep-Alive field says. */
  declare _keepAliveTimeout: number;
  /** An own property, since Express replaces the prototype of its responses. */
  readonly _storeHeader: StoreHeader = storeHead;
  #owner: ExchangeOwner | undefined;

  /** No property of a response: applications replace the prototype. */
  static stateOf(exchange: Exchange): RequestState {
    return exchange.#state;
  }

  ownedBy(owner: ExchangeOwner): void {
    this.#owner = owner;
    this._keepAliveTimeout = owner.keepAlive;
    this.on("close", onClose);
  }

  /** Has Node write the head, with the gateway's fields between the status line and `given`. */
  storeHead(statusLine: string, given: GivenFields): void {
    const owner = this.#owner;
    if (owner?.lameDuck) {
      // Over what the application says itself: many set "keep-alive", above all for event streams.
      this.shouldKeepAlive = false;
      if (this.hasHeader("Connection")) this.setHeader("Connection", "close");
      else given = without("connection", given);
    }
    if (/^text\/event-stream/i.test(contentTypeOf(given))) owner?.eventStream(this);
    const state = this.#state;
    if (state.passedOn) {
      storeHeader.call(this, statusLine, given);
      return;
    }
    if (this.hasHeader("X-Request-ID")) this.removeHeader("X-Request-ID");
    const timing = owner?.serverTiming ? timingOf(state) : "";
    // These need none of Node's checks: no character of them is the application's.
    const begun = `${statusLine}X-Request-ID: ${state.requestId}\r\n${timing}`;
    storeHeader.call(this, begun, without("x-request-id", given));
  }

  over(): void {
    this.#owner?.ended(this);
  }
}

export const { stateOf } = Exchange;

/**
 * The gateway has responded in the application's place. What the application still does to the
 * response has no effect from now on, and is no error: it cannot know, and may be in a timer where
 * an error would end the worker. A function: Express replaces the prototype of its responses.
 */
export function closeToApplication(exchange: Exchange): void {
  exchange.on("error", ignore);
  Object.assign(exchange, WITHOUT_EFFECT);
}

const WITHOUT_EFFECT = {
  writeHead: itself,
  setHeader: itself,
  setHeaders: itself,
  appendHeader: itself,
  removeHeader: ignore,
  flushHeaders: ignore,
  addTrailers: ignore,
  writeContinue: ignore,
  writeProcessing: ignore,
  writeInformation: ignore,
  writeEarlyHints: ignore,
  end: itself,
  // A stream that is piped into it stops, and learns of the end by 'close'.
  write: () => false,
};

function itself(this: Exchange): Exchange {
  return this;
}

function ignore(): void {}

/** Node's own, undocumented: writes every head, once. */
type StoreHeader = (statusLine: string, fields: GivenFields) => void;
const storeHeader: StoreHeader = Reflect.get(ServerResponse.prototype, "_storeHeader");

// Functions for all exchanges: a closure for each would cost every request.
function onClose(this: Exchange): void {
  Exchange.prototype.over.call(this);
}

function storeHead(this: Exchange, statusLine: string, given: GivenFields): void {
  Exchange.prototype.storeHead.call(this, statusLine, given);
}

function timingOf({ receivedAt, calledAt, queueTime }: RequestState): string {
  const now = performance.now();
  const queue = queueTime === undefined ? "" : `queue;dur=${millisecondsText(queueTime)}, `;
  const whole = millisecondsText(now - receivedAt);
  return `Server-Timing: ${queue}gateway;dur=${whole}, app;dur=${millisecondsText(now - calledAt)}\r\n`;
}

/**
 * The fields of a head as Node keeps them: entries of name and value by the lower-case name, or the
 * argument of writeHead: an object, names and values in turn, or pairs of them.
 */
type GivenFields = Readonly<Record<string, unknown>> | readonly unknown[] | undefined;

/** The Content-Type among them; "" if there is none. */
export function contentTypeOf(given: GivenFields): string {
  if (!given) return "";
  if (isList(given)) {
    const flat = flatten(given);
    for (let index = 0; index < flat.length; index += 2) {
      if (isNamed(flat[index], "content-type")) return String(flat[index + 1]);
    }
    return "";
  }
  const value = given["content-type"] ?? given["Content-Type"] ?? otherwiseSpelt(given) ?? "";
  return String(Array.isArray(value) ? value.at(-1) : value);
}

function otherwiseSpelt(given: Readonly<Record<string, unknown>>): unknown {
  for (const name in given) if (isNamed(name, "content-type")) return given[name];
  return undefined;
}

/**
 * The argument of writeHead without a field of the application's own.
 * @param field in lower case
 */
function without(field: string, given: GivenFields): GivenFields {
  if (!given) return given;
  if (isList(given)) {
    const flat = flatten(given);
    const at = flat.findIndex((word, index) => index % 2 === 0 && isNamed(word, field));
    return at < 0 ? given : without(field, flat.toSpliced(at, 2));
  }
  for (const name in given) {
    if (!isNamed(name, field)) continue;
    const { [name]: _, ...others } = given;
    return without(field, others);
  }
  return given;
}

/** The length first: it spares most names the rest. */
function isNamed(name: unknown, field: string): boolean {
  return typeof name === "string" && name.length === field.length && name.toLowerCase() === field;
}

function flatten(list: readonly unknown[]): readonly unknown[] {
  return Array.isArray(list[0]) ? list.flat() : list;
}

function isList(given: object): given is readonly unknown[] {
  return Array.isArray(given);
}
