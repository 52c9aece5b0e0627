import { AsyncLocalStorage } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import { clientKey, FairQueue } from "@gatehouse/http";
import type { GatewaySettings } from "../settings.ts";
import type { Overload } from "../telemetry/request-metrics.ts";
import { type Exchange, stateOf } from "./exchange.ts";

/** What one worker accepts at a time. */
type AdmissionLimits = Pick<GatewaySettings, "maxInFlight" | "queueSize" | "queueTimeout">;

/** Milliseconds; a request so soon after another has not waited for it. */
const SHORT = 1;
/** Milliseconds; the client of a request that has waited for so long may have left. */
const LONG = 10;
/** Milliseconds after which a turn calls no more requests that waited for it; or a part of the turn before, if it was long. */
const TURN = 3;
const PART = 1 / 4;
/** How many it calls at most. */
const CALLS_OF_TURN = 128;

/** A request that waits. */
interface Waiting {
  readonly exchange: Exchange;
  readonly client: string;
  readonly connection: object;
  /** Milliseconds until it was received. */
  readonly waited: number;
  /** In the context of AsyncLocalStorage of another request, the application would find that one's data. */
  readonly runInOwnContext: ReturnType<typeof AsyncLocalStorage.snapshot>;
}

/**
 * Bounds the requests at the application and in the queue. A request whose bytes waited in the
 * socket while the event loop was busy has waited too: since that turn of the loop began. Those that wait
 * are called in turn, client by client: in the order of arrival, one client's requests would hold up all others.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #admitted: (exchange: Exchange) => void;
  readonly #rejected: (exchange: Exchange, overload: Overload) => void;
  readonly #waiting = new Map<Exchange, Waiting>();
  /** Received in this turn of the event loop or the one before: the end of their connection may follow. */
  #received = new FairQueue<Waiting>();
  /** They wait because the event loop is busy: each turn of it calls some of them. */
  readonly #forLoop = new FairQueue<Waiting>();
  /** When the present turn calls no more of them; 0 until it has called one. */
  #callUntil = 0;
  #timeForCalls = TURN;
  /** When the present turn began, by performance.now(), while some are to be called. */
  #turnOfCalls = 0;
  #callsScheduled = false;
  /** They wait because `maxInFlight` others run. */
  readonly #forOthers = new FairQueue<Waiting>();
  #inFlight = 0;
  #expiry: NodeJS.Timeout | undefined;
  #nextExpiry = Number.POSITIVE_INFINITY;
  #lastAt = 0;
  #turnBegan = 0;
  /** Whether the turn of the event loop before this one was long: what is read now may have waited for it. */
  #afterLongTurn = false;
  readonly #endTurn = () => {
    this.#afterLongTurn = performance.now() - this.#turnBegan >= LONG;
    this.#turnBegan = 0;
    if (this.#afterLongTurn) setImmediate(this.#endNextTurn);
  };
  readonly #endNextTurn = () => {
    this.#afterLongTurn = false;
  };

  constructor(
    limits: AdmissionLimits,
    admitted: (exchange: Exchange) => void,
    rejected: (exchange: Exchange, overload: Overload) => void,
  ) {
    this.#limits = limits;
    this.#admitted = admitted;
    this.#rejected = rejected;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Admits the request, queues it, or rejects it; it ends here where its client has left. */
  admit(exchange: Exchange): void {
    const state = stateOf(exchange);
    const waited = state.connectionWait + this.#socketWait(state.receivedAt);
    if (waited > this.#limits.queueTimeout) {
      this.#rejected(exchange, "waited too long");
    } else if (waited >= LONG || this.#afterLongTurn || this.#forLoop.size > 0) {
      this.#waitForLoop(this.#hold(exchange, waited));
    } else this.#admit(exchange);
  }

  /** As many as there are places at the application and in its queue may wait; of more, the greediest client's newest gives way. */
  #waitForLoop(waiting: Waiting): void {
    const { maxInFlight, queueSize, queueTimeout } = this.#limits;
    const isFull = this.#received.size + this.#forLoop.size >= maxInFlight + queueSize;
    const rejected = isFull
      ? (this.#received.takeFrom(waiting.client) ??
        this.#forLoop.takeFrom(waiting.client) ??
        waiting)
      : undefined;
    if (rejected !== waiting) {
      this.#received.add(waiting, stateOf(waiting.exchange).receivedAt + queueTimeout);
      if (!this.#callsScheduled) {
        this.#turnOfCalls = performance.now();
        setImmediate(this.#scheduleCalls);
      }
      this.#callsScheduled = true;
    }
    if (rejected !== undefined) this.#reject(rejected, "queue full");
  }

  /** For the next turn: before it new requests are read, and the ends of connections. */
  readonly #scheduleCalls = (): void => {
    const now = performance.now();
    this.#timeForCalls = Math.max(TURN, (now - this.#turnOfCalls) * PART);
    this.#turnOfCalls = now;
    this.#callUntil = 0;
    for (const late of this.#forLoop.takeOverdue(now)) this.#reject(late, "waited too long");
    const { queueTimeout } = this.#limits;
    for (let each = this.#received.take(); each !== undefined; each = this.#received.take()) {
      this.#forLoop.add(each, stateOf(each.exchange).receivedAt + queueTimeout);
    }
    const calls = Math.min(this.#forLoop.size, CALLS_OF_TURN);
    for (let count = 0; count < calls; count++) setImmediate(this.#callNext);
    this.#callsScheduled = calls > 0;
    if (calls > 0) setImmediate(this.#scheduleCalls);
  };

  /** An immediate for each: what a request leaves to ticks and promises has run, and counts, before the next. */
  readonly #callNext = (): void => {
    const now = performance.now();
    this.#callUntil ||= now + this.#timeForCalls;
    const next = now < this.#callUntil ? this.#forLoop.take() : undefined;
    if (next === undefined) return;
    this.#waiting.delete(next.exchange);
    next.runInOwnContext(() => this.#admitUnlessLeft(next));
  };

  #admitUnlessLeft({ exchange, waited }: Waiting): void {
    const state = stateOf(exchange);
    state.admission = "outside";
    // The guard may have refused its body meanwhile.
    const { socket } = exchange.req;
    if (exchange.closed || exchange.writableEnded || socket.destroyed) return;
    // Node closes it some turns after its client has.
    if (socket.readableEnded) return;
    endWait(exchange);
    const { calledAt, receivedAt } = state;
    // Other requests wait while the application works on this one.
    this.#beginTurn(calledAt);
    if (waited + calledAt - receivedAt > this.#limits.queueTimeout) {
      this.#rejected(exchange, "waited too long");
    } else this.#admit(exchange);
  }

  #admit(exchange: Exchange): void {
    if (this.#inFlight < this.#limits.maxInFlight) this.#pass(exchange);
    else this.#waitForOthers(this.#hold(exchange, 0));
  }

  /** Where the queue is full, the newest of the client that has most there gives way, or else the request itself. */
  #waitForOthers(waiting: Waiting): void {
    const { queueSize, queueTimeout } = this.#limits;
    const isFull = this.#forOthers.size >= queueSize;
    const rejected = isFull ? (this.#forOthers.takeFrom(waiting.client) ?? waiting) : undefined;
    if (rejected !== waiting) {
      const deadline = stateOf(waiting.exchange).receivedAt + queueTimeout;
      this.#forOthers.add(waiting, deadline);
      this.#expireAt(deadline);
    }
    if (rejected !== undefined) this.#reject(rejected, "queue full");
  }

  #hold(exchange: Exchange, waited: number): Waiting {
    const state = stateOf(exchange);
    state.admission = "waiting";
    const client = clientKey(state.client);
    const runInOwnContext = AsyncLocalStorage.snapshot();
    const connection = exchange.req.socket;
    const waiting = { exchange, client, connection, waited, runInOwnContext };
    this.#waiting.set(exchange, waiting);
    return waiting;
  }

  #reject({ exchange }: Waiting, overload: Overload): void {
    this.#waiting.delete(exchange);
    stateOf(exchange).admission = "outside";
    endWait(exchange);
    this.#rejected(exchange, overload);
  }

  /** The exchange has ended, whether it was admitted or not. */
  release(exchange: Exchange): void {
    const state = stateOf(exchange);
    const { admission } = state;
    state.admission = "outside";
    const waiting = this.#waiting.get(exchange);
    if (waiting !== undefined) {
      this.#waiting.delete(exchange);
      this.#received.delete(waiting);
      this.#forLoop.delete(waiting);
      this.#forOthers.delete(waiting);
    }
    if (admission !== "admitted") return;
    this.#inFlight--;
    const next = this.#forOthers.take();
    if (next === undefined) return;
    this.#waiting.delete(next.exchange);
    endWait(next.exchange);
    next.runInOwnContext(() => this.#pass(next.exchange));
  }

  #pass(exchange: Exchange): void {
    stateOf(exchange).admission = "admitted";
    this.#inFlight++;
    this.#admitted(exchange);
  }

  #beginTurn(now: number): void {
    const quick = now - this.#lastAt < SHORT;
    this.#lastAt = now;
    if (this.#turnBegan !== 0 || quick) return;
    this.#turnBegan = now;
    setImmediate(this.#endTurn);
  }

  #socketWait(now: number): number {
    this.#beginTurn(now);
    return this.#turnBegan === 0 ? 0 : now - this.#turnBegan;
  }

  #expireAt(deadline: number): void {
    if (deadline >= this.#nextExpiry) return;
    this.#nextExpiry = deadline;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#expire(), deadline - performance.now());
  }

  #expire(): void {
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const late of this.#forOthers.takeOverdue(performance.now())) {
      this.#reject(late, "waited too long");
    }
    this.#expireAt(this.#forOthers.due);
  }
}

/** Adds the wait since the request was received, or since its last wait, to the queue time. */
function endWait(exchange: Exchange): void {
  const state = stateOf(exchange);
  const now = performance.now();
  state.queueTime = (state.queueTime ?? 0) + now - state.calledAt;
  state.calledAt = now;
}
