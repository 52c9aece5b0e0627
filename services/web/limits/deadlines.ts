import { Rounds } from "@gatehouse/processes";
import type { WebSettings } from "../settings.ts";
import type { Ledger } from "./ledger.ts";
import { busy } from "./over-budget.ts";
import { findUpstreamVictim } from "./upstream-shares.ts";

/** Milliseconds. */
const CHECK_INTERVAL = 100;
/** The checks may take so much of the time: with many clients one takes long. */
const PART = 1 / 10;
/** How much later than HTTP's own deadlines that of an idle connection is. */
const LATER = 1000;
/** After how long a request that keeps an upstream connection for its client is a long one. */
const LONG = 5000;
/** After how long one is whose client has stopped reading. */
const STALLED = 500;

/** How long clients may hold what they have of the ledger. One timer for all. */
export class Deadlines {
  readonly #ledger: Ledger;
  readonly #idleTimeout: number;
  readonly #queueTimeout: number;
  readonly #room: number;
  /** When the next check may begin, by performance.now(). */
  #next = 0;
  readonly #rounds = new Rounds(CHECK_INTERVAL, () => this.#check());

  constructor(settings: WebSettings, ledger: Ledger) {
    const { keepAlive, headersTimeout, upstreamQueueTimeout, upstreamConnections } = settings;
    this.#ledger = ledger;
    this.#idleTimeout = keepAlive + headersTimeout + LATER;
    this.#queueTimeout = upstreamQueueTimeout;
    this.#room = upstreamConnections;
    ledger.used(() => this.#rounds.begin());
  }

  close(): void {
    this.#rounds.close();
  }

  /** @returns whether clients hold anything */
  #check(): boolean {
    const ledger = this.#ledger;
    const now = performance.now();
    if (now < this.#next) return ledger.isUsed;
    ledger.weigh();
    // Where a request has waited long for a replica, those of the greedy at the replicas give way.
    const victim = findUpstreamVictim(ledger.requests, now, this.#room);
    if (victim !== undefined) ledger.giveWay(victim, "upstream");
    for (const { idle, idleSince, socket } of ledger.connections) {
      if (idle && now - idleSince > this.#idleTimeout) socket.destroy();
    }
    for (const request of ledger.requests) {
      const { exchange, connection, since, isLong } = request;
      if (connection?.turns.isWaiting(request)) {
        if (now - since >= this.#queueTimeout) request.cut(busy());
      } else if (!isLong && exchange.holdsUpstream(now - LONG, now - STALLED)) {
        if (ledger.makeLong(exchange)) exchange.setAside();
      }
    }
    this.#next = now + (performance.now() - now) / PART;
    return ledger.isUsed;
  }
}
