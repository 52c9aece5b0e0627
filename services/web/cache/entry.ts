import { AnswerHead } from "./answer-head.ts";
import type { Body } from "./body.ts";
import { type Freshness, freshnessOf, initialAge } from "./freshness.ts";
import { isSharedAmongAuthorized } from "./storable.ts";
import { freshened, withoutNames } from "./validators.ts";

/** What belongs to one request alone, or is told anew each time. */
const OF_ONE_REQUEST: ReadonlySet<string> = new Set([
  "age",
  "cache-status",
  "server-timing",
  "traceparent",
  "tracestate",
  "x-request-id",
]);

/** What an entry costs beside its content and its fields, in bytes; about. */
const OVERHEAD = 1024;

/** How long a failing application is not asked again for the same answer, in milliseconds. */
const RESPITE = 1000;

/** A stored answer, or one that is about to be. Moments are those of performance.now(). */
export class Entry {
  readonly head: AnswerHead;
  readonly body: Body;
  readonly freshness: Freshness;
  /** When the answer's age was 0. */
  readonly #bornAt: number;
  readonly forAuthorized: boolean;
  #respiteUntil = 0;

  private constructor(head: AnswerHead, body: Body, bornAt: number) {
    this.head = head;
    this.body = body;
    this.freshness = freshnessOf(head);
    this.#bornAt = bornAt;
    this.forAuthorized = isSharedAmongAuthorized(head);
  }

  /** @param sentAt when the request went out */
  static of(answer: AnswerHead, body: Body, sentAt: number): Entry {
    const now = performance.now();
    const age = initialAge(answer, now - sentAt, Date.now());
    const fields = withoutNames(answer.fields, OF_ONE_REQUEST);
    // RFC 9110, section 6.6.1: who stores an answer without a Date adds it.
    if (answer.get("date") === undefined) fields.push("Date", new Date().toUTCString());
    return new Entry(new AnswerHead(answer.status, fields), body, now - age);
  }

  /** The same content with the news that a 304 brought; RFC 9111, section 4.3.4. */
  static freshened(stored: Entry, news: AnswerHead, sentAt: number): Entry {
    const fields = freshened(stored.head.fields, withoutNames(news.fields, OF_ONE_REQUEST));
    const now = performance.now();
    const age = initialAge(news, now - sentAt, Date.now());
    return new Entry(new AnswerHead(stored.head.status, fields), stored.body, now - age);
  }

  /** Milliseconds. */
  age(now: number): number {
    return Math.max(0, now - this.#bornAt);
  }

  /** Milliseconds for which it is still fresh; negative when it is stale. */
  ttl(now: number): number {
    return this.freshness.lifetime - this.age(now);
  }

  /** Whether it may be used although it is stale, while somebody asks for a new one. */
  mayBeRefreshedBehind(now: number): boolean {
    return -this.ttl(now) < this.freshness.staleWhileRevalidate;
  }

  /** Whether it may stand in for an application that fails. */
  mayStandIn(now: number): boolean {
    return -this.ttl(now) < this.freshness.staleIfError;
  }

  /** The application failed: for a moment the entry stands in for it without asking again. */
  giveRespite(now: number): void {
    this.#respiteUntil = now + RESPITE;
  }

  failedLately(now: number): boolean {
    return now < this.#respiteUntil;
  }

  /** Whether it stands in for an application that has just failed. */
  inRespite(now: number): boolean {
    return this.failedLately(now) && this.mayStandIn(now);
  }

  /** Bytes in memory, about. */
  get size(): number {
    let bytes = OVERHEAD + this.body.bytes;
    for (const word of this.head.fields) bytes += word.length;
    return bytes;
  }
}
