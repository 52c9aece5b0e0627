import type { RawFields } from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import { answerFrom } from "./answer-from.ts";
import { AnswerHead } from "./answer-head.ts";
import { Body } from "./body.ts";
import { forwardedStatus } from "./cache-status.ts";
import { Entry } from "./entry.ts";
import type { Found, Order } from "./order.ts";
import type { Reader } from "./reader.ts";
import { isStorable } from "./storable.ts";
import { clientHasIt, confirms } from "./validators.ts";
import { variantOf, varyNames } from "./vary.ts";

/**
 * asked: no head yet. passing: the answer is the leader's alone. sharing: all of it is kept.
 * outgrown: it was to be kept, but is too large. over: what still comes is thrown away.
 */
type Phase = "asked" | "passing" | "sharing" | "outgrown" | "over";

/** What the application may answer with when something is wrong with it; RFC 5861, section 4. */
const FAILURES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/**
 * One question to the application on behalf of the store. Its answer goes to the client that led to
 * it, and to all who wait for the same, once its head has said that it is for all.
 */
export class Fetch implements ResponseSink, ResponseSource {
  readonly #order: Order;
  readonly #sentAt: number;
  readonly #body = new Body();
  readonly #outcome = Promise.withResolvers<Found | undefined>();
  #phase: Phase = "asked";
  #source: ResponseSource | undefined;
  #found: Found | undefined;
  #reader: Reader | undefined;
  #leaderLeft = false;
  #waiting = 0;
  #doomed = false;
  #contradicted = false;

  /** @param sentAt when the question was asked, by performance.now() */
  constructor(order: Order, sentAt: number) {
    this.#order = order;
    this.#sentAt = sentAt;
  }

  get key(): string {
    return this.#order.key;
  }

  /** How many wait for an answer that they may share. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The application said that something holds which the store does not have: ask for the whole. */
  get contradicted(): boolean {
    return this.#contradicted;
  }

  /**
   * Waits for an answer that may be shared.
   * @param patience milliseconds
   * @returns undefined where there is none, or not in time
   */
  async join(patience: number): Promise<Found | undefined> {
    this.#waiting++;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), patience);
    try {
      return await Promise.race([this.#outcome.promise, late.promise]);
    } finally {
      clearTimeout(timer);
      this.#waiting--;
    }
  }

  /** What the answer tells has been overtaken by a change: it is not kept. */
  doom(): void {
    this.#doomed = true;
  }

  /** Ends a fetch that no client waits for. */
  close(): void {
    if (this.#order.leader === undefined && this.#waiting === 0) this.#source?.abort();
  }

  /**
   * The application did not begin an answer.
   * @returns whether a stale answer stood in for it
   */
  failed(error: unknown): boolean {
    const standsIn =
      error instanceof EdgeError && FAILURES.has(error.status) && this.#standIn(error.status);
    if (!standsIn) this.#release(undefined);
    return standsIn;
  }

  attach(source: ResponseSource): void {
    this.#source = source;
    if (this.#nobodyWaits) source.abort();
    else if (!this.#leaderLeft) this.#order.leader?.sink.attach(this);
  }

  interim(status: number, fields: RawFields): void {
    if (!this.#leaderLeft) this.#order.leader?.sink.interim(status, fields);
  }

  head(status: number, fields: RawFields, timing: string): void {
    const answer = new AnswerHead(status, fields);
    if (this.#order.stale !== undefined && status === 304) {
      this.#validate(this.#order.stale, answer);
      return;
    }
    if (FAILURES.has(status) && this.#standIn(status)) return;
    const names = varyNames(answer.get("vary"));
    const length = answer.get("content-length");
    const { authorized, largest, selecting, loans } = this.#order;
    const fits = Number(length ?? 0) <= largest && !loans.full;
    if (names === undefined || !fits || this.#doomed || !isStorable(answer, authorized)) {
      this.#pass(answer, timing);
      return;
    }
    this.#phase = "sharing";
    loans.take(this.#body);
    const entry = Entry.of(answer, this.#body, this.#sentAt);
    this.#found = { entry, names, variant: variantOf(names, selecting) };
    // Of unknown length it may still outgrow what is kept, and then cannot be shared.
    if (length !== undefined) this.#share(this.#found);
    this.#lead(entry, answer, timing);
  }

  data(chunk: Buffer): boolean {
    switch (this.#phase) {
      case "passing":
        return this.#order.leader?.sink.data(chunk) ?? true;
      case "sharing":
        this.#body.push(chunk);
        this.#order.loans.grow(this.#body, chunk.length);
        if (this.#body.bytes > this.#order.largest) this.#outgrow();
        return true;
      case "outgrown":
        this.#body.push(chunk);
        return this.#readerKeepsUp();
      default:
        return true;
    }
  }

  end(trailers: RawFields): void {
    const found = this.#found;
    if (this.#phase === "passing") this.#order.leader?.sink.end(trailers);
    if (this.#phase === "outgrown") this.#body.close();
    if (this.#phase === "sharing" && found !== undefined) {
      this.#body.finish();
      this.#order.loans.giveBack(this.#body);
      if (!this.#doomed) this.#order.keeps(found);
      this.#share(found);
    }
    this.#phase = "over";
  }

  fail(cause: Error): void {
    if (this.#phase === "passing") this.#order.leader?.sink.fail(cause);
    else this.#body.breakOff(cause);
    if (this.#phase === "sharing") this.#order.loans.giveBack(this.#body);
    this.#phase = "over";
    this.#release(undefined);
  }

  /** The leader takes more. */
  resume(): void {
    if (this.#phase === "passing") {
      this.#source?.resume();
      return;
    }
    this.#reader?.resume();
    if (this.#phase === "outgrown" && this.#readerKeepsUp()) this.#source?.resume();
  }

  /** The leader has left. What is to be kept goes on coming, for the others and the next ones. */
  abort(): void {
    this.#leaderLeft = true;
    this.#reader?.abort();
    if (this.#nobodyWaits) this.#source?.abort();
  }

  get #nobodyWaits(): boolean {
    // A fetch without a leader is made for the store's own sake.
    if (this.#phase === "asked") return this.#leaderLeft && this.#waiting === 0;
    if (this.#phase !== "passing" && this.#phase !== "outgrown") return false;
    return this.#leaderLeft || this.#order.leader === undefined;
  }

  #lead(entry: Entry, answer: AnswerHead, timing: string): void {
    const { leader, why } = this.#order;
    if (leader === undefined || this.#leaderLeft) return;
    const { exchange, sink } = leader;
    const status = forwardedStatus(why, { stored: true });
    if (clientHasIt(answer, exchange.request.headers)) {
      answerFrom(exchange, entry, status, true);
      return;
    }
    exchange.cacheStatus = status;
    sink.head(answer.status, [...answer.fields, "Cache-Status", status], timing);
    this.#order.loans.lend(this.#body, exchange);
    this.#reader = this.#body.readBy(sink);
    sink.attach(this);
  }

  #pass(answer: AnswerHead, timing: string): void {
    this.#phase = "passing";
    if (answer.status < 500) this.#order.drops();
    this.#release(undefined);
    const { leader, why } = this.#order;
    if (leader === undefined || this.#nobodyWaits) {
      this.#source?.abort();
      return;
    }
    const status = forwardedStatus(why, {});
    const told = ["Cache-Status", status];
    leader.exchange.cacheStatus = status;
    leader.sink.head(answer.status, [...answer.fields, ...told], timing);
  }

  /** A 304 came. */
  #validate(stale: Found, news: AnswerHead): void {
    this.#phase = "over";
    if (!confirms(news, stale.entry.head)) {
      this.#contradicted = true;
      this.#release(undefined);
      return;
    }
    const entry = Entry.freshened(stale.entry, news, this.#sentAt);
    const found = { ...stale, entry };
    // What a 304 brings may also say that the answer is for others no more.
    const keeps = isStorable(entry.head, this.#order.authorized) && !this.#doomed;
    if (keeps) this.#order.keeps(found);
    else this.#order.drops();
    if (keeps) this.#share(found);
    else this.#release(undefined);
    this.#answerLeader(entry, forwardedStatus("stale", { status: 304, stored: keeps }), true);
  }

  /** Has the stale answer stand in for a failure, where it may. */
  #standIn(status: number): boolean {
    const { stale } = this.#order;
    const now = performance.now();
    if (stale === undefined || !stale.entry.mayStandIn(now)) return false;
    this.#phase = "over";
    stale.entry.giveRespite(now);
    this.#release(stale);
    const detail = "stale-if-error";
    this.#answerLeader(stale.entry, forwardedStatus("stale", { status, detail }), false);
    return true;
  }

  #answerLeader(entry: Entry, status: string, firstHand: boolean): void {
    const { leader } = this.#order;
    if (leader === undefined || this.#leaderLeft) return;
    leader.exchange.servedBy = "cache";
    this.#order.loans.lend(entry.body, leader.exchange);
    answerFrom(leader.exchange, entry, status, firstHand);
  }

  /** Lets those who wait have it, unless each of them must ask the application itself. */
  #share(found: Found): void {
    const now = performance.now();
    const usable = found.entry.ttl(now) > 0 || found.entry.mayBeRefreshedBehind(now);
    if (!usable) this.#order.declines();
    this.#release(usable ? found : undefined);
  }

  /** Nobody waits any more; and nobody is to begin to, where there is nothing to share. */
  #release(found: Found | undefined): void {
    if (found === undefined) this.#order.retires();
    this.#outcome.resolve(found);
  }

  #outgrow(): void {
    this.#phase = "outgrown";
    this.#order.loans.forget(this.#body);
    this.#order.drops();
    this.#release(undefined);
    if (this.#nobodyWaits || this.#reader === undefined) this.#source?.abort();
  }

  #readerKeepsUp(): boolean {
    const reader = this.#reader;
    if (reader === undefined || !reader.keepsUp) return false;
    this.#body.forget(reader);
    return true;
  }
}
