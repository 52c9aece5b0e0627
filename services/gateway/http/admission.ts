import { AsyncLocalStorage } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import type { GatewaySettings } from "../settings.ts";
import type { Overload } from "../telemetry/request-metrics.ts";
import { type Exchange, stateOf } from "./exchange.ts";

/** What one worker accepts at a time. */
type AdmissionLimits = Pick<GatewaySettings, "maxInFlight" | "queueSize" | "queueTimeout">;

/** Milliseconds; a request so soon after another has not waited for it. */
const SHORT = 1;
/** Milliseconds; the client of a request that has waited for so long may have left. */
const LONG = 10;

/**
 * Bounds the requests at the application and in the queue. A request whose bytes waited in the
 * socket while the event loop was busy has waited too: since that turn of the loop began.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #admitted: (exchange: Exchange) => void;
  readonly #rejected: (exchange: Exchange, overload: Overload) => void;
  /**
   * Requests wait here only while `maxInFlight` others run, each with what runs code in its own context
   * of AsyncLocalStorage: in that of the request that ends, the application would find that one's data.
   */
  readonly #queue = new Map<Exchange, ReturnType<typeof AsyncLocalStorage.snapshot>>();
  #inFlight = 0;
  #expiry: NodeJS.Timeout | undefined;
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
    return this.#queue.size;
  }

  /** Admits the request, queues it, or rejects it; it ends here where its client has left. */
  admit(exchange: Exchange): void {
    const state = stateOf(exchange);
    const waited = state.connectionWait + this.#socketWait(state.receivedAt);
    if (waited > this.#limits.queueTimeout) {
      this.#rejected(exchange, "waited too long");
    } else if (waited >= LONG || this.#afterLongTurn) {
      // The end of a connection is read after its request, in the next poll for events.
      setImmediate(() => setImmediate(() => this.#admitUnlessLeft(exchange, waited)));
    } else this.#admit(exchange);
  }

  /** @param waited milliseconds until it was received */
  #admitUnlessLeft(exchange: Exchange, waited: number): void {
    // The guard may have refused its body meanwhile.
    if (exchange.closed || exchange.writableEnded || exchange.req.socket.destroyed) return;
    endWait(exchange);
    const { calledAt, receivedAt } = stateOf(exchange);
    // Other requests wait while the application works on this one.
    this.#beginTurn(calledAt);
    if (waited + calledAt - receivedAt > this.#limits.queueTimeout) {
      this.#rejected(exchange, "waited too long");
    } else this.#admit(exchange);
  }

  #admit(exchange: Exchange): void {
    if (this.#inFlight < this.#limits.maxInFlight) {
      this.#pass(exchange);
    } else if (this.#queue.size < this.#limits.queueSize) {
      stateOf(exchange).admission = "waiting";
      this.#queue.set(exchange, AsyncLocalStorage.snapshot());
      this.#expiry ??= setTimeout(() => this.#expire(), this.#limits.queueTimeout);
    } else {
      this.#rejected(exchange, "queue full");
    }
  }

  /** The exchange has ended, whether it was admitted or not. */
  release(exchange: Exchange): void {
    const state = stateOf(exchange);
    const { admission } = state;
    state.admission = "outside";
    if (admission === "waiting") this.#queue.delete(exchange);
    if (admission !== "admitted") return;
    this.#inFlight--;
    const [waiting] = this.#queue;
    if (waiting === undefined) return;
    const [next, runInOwnContext] = waiting;
    this.#queue.delete(next);
    endWait(next);
    runInOwnContext(() => this.#pass(next));
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

  #expire(): void {
    this.#expiry = undefined;
    for (const first of this.#queue.keys()) {
      const left = stateOf(first).receivedAt + this.#limits.queueTimeout - performance.now();
      if (left > 0) {
        this.#expiry = setTimeout(() => this.#expire(), left);
        return;
      }
      this.#queue.delete(first);
      stateOf(first).admission = "outside";
      endWait(first);
      this.#rejected(first, "waited too long");
    }
  }
}

/** Adds the wait since the request was received, or since its last wait, to the queue time. */
function endWait(exchange: Exchange): void {
  const state = stateOf(exchange);
  const now = performance.now();
  state.queueTime = (state.queueTime ?? 0) + now - state.calledAt;
  state.calledAt = now;
}
