import { keyOfClient, type RawFields } from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import { type BodiesInUse, Body, type Reader } from "./body.ts";
import { Entry } from "./entry.ts";
import { Head } from "./head.ts";
import { varyNames } from "./key.ts";
import { Leader } from "./leader.ts";
import type { Lookup } from "./lookup.ts";
import { forwardStatus } from "./respond.ts";
import { isStorable } from "./storable.ts";
import { validates } from "./validation.ts";
import { Waiters } from "./waiters.ts";

/** What a fetch needs of the cache. */
export interface FetchOwner {
  readonly largest: number;
  readonly bodies: BodiesInUse;
  /** A complete or validated response is to be stored. */
  store(fetch: Fetch, entry: Entry): void;
  /** The response cannot be stored, and the stale one must not be used any more. */
  discard(fetch: Fetch): void;
  /** The response is stored, but every request must validate it: waiting for it is useless. */
  hitForMiss(fetch: Fetch): void;
  /** No further request may wait for this fetch. */
  retire(fetch: Fetch): void;
}

/**
 * requested: no head yet. passing: the response is the leader's alone. sharing: all of it is kept.
 * outgrown: it was to be stored, but is too large. over: what is still received is discarded.
 */
type Phase = "requested" | "passing" | "sharing" | "outgrown" | "over";

/** The statuses of a failed application; RFC 5861, section 4. */
const FAILURES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/**
 * One request of the cache to the application. The response goes to the leader, and to all requests
 * that wait for the same (collapsed requests), once its head shows that it may be shared.
 */
export class Fetch implements ResponseSink, ResponseSource {
  readonly key: string;
  readonly fetchKey: string;
  /** The entry that is to be validated. */
  readonly stale: Entry | undefined;
  /** When the request was sent, by performance.now(). */
  readonly sentAt: number;
  readonly waiters: Waiters;
  readonly #owner: FetchOwner;
  readonly #lookup: Lookup;
  /** Whether it was made for the store, and not for a client. */
  readonly #background: boolean;
  /** The client that gets the response; undefined in the background, or once the client has left. */
  #leader: Leader | undefined;
  readonly #body = new Body();
  #phase: Phase = "requested";
  #source: ResponseSource | undefined;
  #entry: Entry | undefined;
  #reader: Reader | undefined;
  #invalidated = false;
  #lengthKnown = false;
  /** The application validated something other than the stale entry: the whole must be fetched. */
  mismatched = false;

  constructor(
    owner: FetchOwner,
    lookup: Lookup,
    stale: Entry | undefined,
    background: boolean,
    sentAt = performance.now(),
  ) {
    this.#owner = owner;
    this.#lookup = lookup;
    this.waiters = new Waiters(keyOfClient(lookup.client), () => this.#abortIfUnwanted());
    this.#background = background;
    const why = stale === undefined ? lookup.why : "stale";
    this.#leader = background ? undefined : new Leader(lookup, why, owner.bodies);
    this.key = lookup.key;
    this.fetchKey = lookup.fetchKey;
    this.stale = stale;
    this.sentAt = sentAt;
  }

  /**
   * Whether the body is for several clients: as long as one alone wants it, its reads take the turns of that
   * one, who may want many. A body that is too large for the store is the leader's.
   */
  get isShared(): boolean {
    return this.#phase === "sharing" && this.waiters.areOfOthers;
  }

  /** The response is from before a change: it is not stored. */
  invalidate(): void {
    this.#invalidated = true;
  }

  close(): void {
    if (this.#leader === undefined && this.waiters.count === 0) this.#source?.abort();
  }

  /** The application sent no response. @returns whether the stale one was sent instead */
  failed(error: unknown): boolean {
    const replaced =
      error instanceof EdgeError && FAILURES.has(error.status) && this.#serveStale(error.status);
    if (!replaced) this.#release(undefined);
    return replaced;
  }

  attach(source: ResponseSource): void {
    this.#source = source;
    if (this.#isUnwanted) source.abort();
    else this.#leader?.sink.attach(this);
  }

  interim(status: number, fields: RawFields): void {
    this.#leader?.sink.interim(status, fields);
  }

  head(status: number, fields: RawFields, timing: string): void {
    const head = new Head(status, fields);
    if (this.stale !== undefined && status === 304) {
      this.#validate(this.stale, head);
      return;
    }
    if (FAILURES.has(status) && this.#serveStale(status)) return;
    const names = varyNames(head.get("vary"));
    const length = head.get("content-length");
    const { authorized } = this.#lookup;
    const { largest, bodies } = this.#owner;
    const fits = Number(length ?? 0) <= largest && !bodies.full;
    if (names === undefined || !fits || this.#invalidated || !isStorable(head, authorized)) {
      this.#pass(head, timing);
      return;
    }
    this.#phase = "sharing";
    this.#lengthKnown = length !== undefined;
    bodies.acquire(this.#body, Number(length ?? 0));
    const position = { key: this.key, names, variant: this.#lookup.variantBy(names) };
    this.#entry = Entry.of(position, head, this.#body, this.sentAt);
    // A response of unknown length may still outgrow the limit, and then cannot be shared.
    if (length !== undefined) this.#share(this.#entry);
    this.#reader = this.#leader?.share(this.#entry, head, timing);
    // It takes over from the reader, since it must know when the leader has left.
    if (this.#reader !== undefined) this.#leader?.sink.attach(this);
  }

  data(chunk: Buffer): boolean {
    switch (this.#phase) {
      case "passing":
        return this.#leader?.sink.data(chunk) ?? true;
      case "sharing":
        this.#body.push(chunk);
        this.#owner.bodies.grow(this.#body, chunk.length);
        if (this.#isTooLarge) this.#outgrow();
        return true;
      case "outgrown":
        this.#body.push(chunk);
        return this.#readerKeepsUp();
      default:
        return true;
    }
  }

  end(trailers: RawFields): void {
    if (this.#phase === "passing") this.#leader?.sink.end(trailers);
    if (this.#phase === "outgrown") this.#body.close();
    if (this.#phase === "sharing" && this.#entry !== undefined) {
      this.#body.finish();
      this.#owner.bodies.release(this.#body);
      if (!this.#invalidated) this.#owner.store(this, this.#entry);
      this.#share(this.#entry);
    }
    this.#phase = "over";
  }

  fail(cause: Error): void {
    if (this.#phase === "passing") this.#leader?.sink.fail(cause);
    else this.#body.fail(cause);
    if (this.#phase === "sharing") this.#owner.bodies.release(this.#body);
    this.#phase = "over";
    this.#release(undefined);
  }

  resume(): void {
    if (this.#phase === "passing") {
      this.#source?.resume();
      return;
    }
    this.#reader?.resume();
    if (this.#phase === "outgrown" && this.#readerKeepsUp()) this.#source?.resume();
  }

  /** The leader has left. What is to be stored is still received, for the others and later ones. */
  abort(): void {
    this.#leader = undefined;
    this.#reader?.abort();
    this.#abortIfUnwanted();
  }

  setAside(): void {
    this.#source?.setAside();
  }

  #abortIfUnwanted(): void {
    if (this.#isUnwanted) this.#source?.abort();
  }

  /** Neither a client nor the store needs the response. */
  get #isUnwanted(): boolean {
    if (this.#leader !== undefined) return false;
    if (this.#phase === "requested") return !this.#background && this.waiters.count === 0;
    return this.#phase === "passing" || this.#phase === "outgrown";
  }

  #pass(head: Head, timing: string): void {
    this.#phase = "passing";
    if (head.status < 500) this.#owner.discard(this);
    this.#release(undefined);
    if (this.#leader === undefined) this.#source?.abort();
    else this.#leader.pass(head, timing);
  }

  #validate(stale: Entry, received: Head): void {
    this.#phase = "over";
    if (!validates(received, stale.head)) {
      this.mismatched = true;
      this.#release(undefined);
      return;
    }
    const entry = Entry.freshened(stale, received, this.sentAt);
    // The fields of a 304 may also forbid to store the response any longer, or to select it so.
    const names = varyNames(entry.head.get("vary"));
    const stored =
      isStorable(entry.head, this.#lookup.authorized) &&
      names?.join() === entry.names.join() &&
      !this.#invalidated;
    if (stored) {
      this.#owner.store(this, entry);
      this.#share(entry);
    } else {
      this.#owner.discard(this);
      this.#release(undefined);
    }
    const status = forwardStatus("stale", "fwd-status=304", ...(stored ? ["stored"] : []));
    this.#leader?.respond(entry, status, true);
  }

  /** Sends the stale response in place of an error, if stale-if-error allows it. */
  #serveStale(status: number): boolean {
    const { stale } = this;
    const now = performance.now();
    if (stale === undefined || !stale.mayServeOnError(now)) return false;
    this.#phase = "over";
    stale.noteFailure(now);
    this.#release(stale);
    const replaced = forwardStatus("stale", `fwd-status=${status}`, "detail=stale-if-error");
    this.#leader?.respond(stale, replaced, false);
    return true;
  }

  /** Lets the waiting requests use a response, unless each of them must validate it. */
  #share(entry: Entry): void {
    const now = performance.now();
    const usable = entry.ttl(now) > 0 || entry.mayServeWhileRevalidating(now);
    if (!usable) this.#owner.hitForMiss(this);
    this.#release(usable ? entry : undefined);
  }

  /** Ends the wait of all. Without a response to share no further request may begin to wait. */
  #release(entry: Entry | undefined): void {
    if (entry === undefined) this.#owner.retire(this);
    this.waiters.release(entry);
  }

  /** One whose length was declared has its room already, and is shared. */
  get #isTooLarge(): boolean {
    const { largest, bodies } = this.#owner;
    return this.#body.bytes > largest || (!this.#lengthKnown && bodies.full);
  }

  #outgrow(): void {
    this.#phase = "outgrown";
    this.#owner.bodies.remove(this.#body);
    this.#owner.discard(this);
    this.#release(undefined);
    if (this.#isUnwanted || this.#reader === undefined) this.#source?.abort();
  }

  #readerKeepsUp(): boolean {
    const reader = this.#reader;
    if (reader === undefined || !reader.keepsUp) return false;
    this.#body.free(reader);
    return true;
  }
}
