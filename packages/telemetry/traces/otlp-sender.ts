import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import { counter, type Metric } from "../metric.ts";
import { exportRequest } from "./otlp-json.ts";
import type { OtlpPost } from "./otlp-post.ts";
import type { EndedSpan, SpanSink } from "./span.ts";

/** Why spans were not sent. */
type Lost = "queue_full" | "refused" | "given_up" | "ended";

export interface SenderLimits {
  /** Spans that may wait; further ones are dropped. */
  readonly queue: number;
  /** Spans of one request: encoding them holds the event loop, for about 1 ms. */
  readonly batch: number;
  /** Milliseconds after which fewer are sent too. */
  readonly interval: number;
  /** How often one batch is sent at most. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; each further wait is twice as long. */
  readonly backoff: number;
  /** The longest wait, also where the collector asks for a longer one. */
  readonly longestWait: number;
}

export const LIMITS: SenderLimits = {
  queue: 4096,
  batch: 128,
  interval: 1000,
  attempts: 5,
  backoff: 1000,
  longestWait: 30_000,
};

const PROCESS = { host: hostname(), pid: process.pid };
/** Milliseconds by which the clock may differ from performance.now() before times follow it. */
const NOTABLE_DRIFT = 5;

/**
 * Sends spans to an OpenTelemetry Collector, many at a time, one request after the other. It delays no
 * request and keeps no process from ending: what finds no room, or is not taken, is dropped and counted.
 */
export class OtlpSender implements SpanSink {
  readonly #post: OtlpPost;
  readonly #limits: SenderLimits;
  readonly #logger: Logger;
  readonly #lost: Record<Lost, number> = { queue_full: 0, refused: 0, given_up: 0, ended: 0 };
  #sent = 0;
  #queue: EndedSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #failing = false;
  #epoch = performance.timeOrigin;
  /** Aborted when the process begins to end: waits are over. */
  readonly #ending = new AbortController();
  /** Aborted when its time is up: requests are over too. */
  readonly #ended = new AbortController();

  constructor(post: OtlpPost, logger: Logger, limits: SenderLimits = LIMITS) {
    this.#post = post;
    this.#logger = logger;
    this.#limits = limits;
  }

  add(span: EndedSpan): void {
    const { queue, batch, interval } = this.#limits;
    if (this.#queue.length >= queue || this.#ended.signal.aborted) {
      this.#lost[this.#ended.signal.aborted ? "ended" : "queue_full"]++;
      return;
    }
    this.#queue.push(span);
    if (this.#running !== undefined) return;
    if (this.#queue.length >= batch) this.#begin();
    else this.#timer ??= setTimeout(() => this.#begin(), interval).unref();
  }

  /** @param prefix of the metrics' names: "web", "gateway" */
  metrics(prefix: string): Metric[] {
    const lost = Object.entries(this.#lost).map(([reason, value]) => {
      return { value, labels: { reason } };
    });
    return [
      counter(`${prefix}_spans_sent_total`, "Spans that the collector has accepted", this.#sent),
      counter(
        `${prefix}_spans_dropped_total`,
        "Spans that the collector has not accepted, by reason",
        lost,
      ),
    ];
  }

  /** Sends what waits, for `timeout` ms at most; then nothing more is sent. */
  async end(timeout: number): Promise<void> {
    this.#ending.abort();
    // Counts as work, unlike its connection: a process without other work ends after this.
    const late = setTimeout(() => this.#ended.abort(), timeout);
    if (this.#running === undefined && this.#queue.length > 0) this.#begin();
    await this.#running;
    clearTimeout(late);
    this.#ended.abort();
    this.#lost.ended += this.#queue.length;
    this.#queue = [];
    this.#post.close();
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // Fewer than a batch: the rest waits for its time.
      if (this.#queue.length === 0 || this.#ending.signal.aborted) return;
      this.#timer = setTimeout(() => this.#begin(), this.#limits.interval).unref();
    });
  }

  async #run(): Promise<void> {
    const { batch } = this.#limits;
    do {
      // Not in the turn of the request that has filled the batch.
      await nextTurn();
      if (this.#ended.signal.aborted) return;
      await this.#deliver(this.#queue.splice(0, batch));
    } while (
      this.#queue.length >= batch ||
      (this.#ending.signal.aborted && this.#queue.length > 0)
    );
  }

  async #deliver(spans: readonly EndedSpan[]): Promise<void> {
    const body = JSON.stringify(exportRequest(spans, PROCESS, this.#epochNow()));
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= this.#limits.attempts || this.#ending.signal.aborted;
      const outcome = await this.#post.send(body, this.#ended.signal);
      if (outcome.result === "accepted") {
        this.#sent += spans.length - outcome.rejected;
        this.#lost.refused += outcome.rejected;
        this.#report(outcome.rejected === 0 ? undefined : outcome.reason);
        return;
      }
      this.#report(outcome.reason);
      if (outcome.result === "refused" || last) {
        const lost = outcome.result === "refused" ? "refused" : "given_up";
        this.#lost[this.#ended.signal.aborted ? "ended" : lost] += spans.length;
        return;
      }
      await this.#wait(outcome.after ?? this.#backoff(attempt));
    }
  }

  /** Exponential, with a random part so that the workers of all replicas do not come back together. */
  #backoff(attempt: number): number {
    return this.#limits.backoff * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  }

  async #wait(milliseconds: number): Promise<void> {
    const { signal } = this.#ending;
    const wait = Math.min(milliseconds, this.#limits.longestWait);
    await pause(wait, undefined, { ref: false, signal }).catch(() => undefined);
  }

  /** One line when it begins to fail, and one when it works again. */
  #report(reason: string | undefined): void {
    const failing = reason !== undefined;
    if (failing === this.#failing) return;
    this.#failing = failing;
    if (failing) this.#logger.warn("spans are not accepted", { from: "accepted", reason });
    else this.#logger.info("spans are accepted again", { from: "not accepted" });
  }

  /** The clock is corrected while a process runs for months; performance.now() is not. */
  #epochNow(): number {
    const epoch = Date.now() - performance.now();
    if (Math.abs(epoch - this.#epoch) > NOTABLE_DRIFT) this.#epoch = epoch;
    return this.#epoch;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve).unref();
  });
}
