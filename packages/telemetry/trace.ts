import { randomFillSync } from "node:crypto";

const SHORTEST_ID = 8;
const LONGEST_ID = 128;

/** The characters of a plain id, by code: a table is faster than a regular expression. */
const IN_ID = charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=-");
const IN_TRACE = charactersOf("0123456789abcdef");

/** W3C Trace Context, section 3.2: version 00, trace id, parent id, flags. */
const TRACEPARENT = "00-................................-................-..";
const [TRACE_ID, PARENT_ID, FLAGS] = [3, 36, 53];
const NO_TRACE_ID = "0".repeat(32);
const NO_PARENT_ID = "0".repeat(16);

/** The id that a trusted proxy sent, if it is a plain word; otherwise a new UUIDv7 (RFC 9562). */
export function requestId(received: string | undefined): string {
  return received !== undefined && isPlain(received) ? received : uuidv7();
}

/** The trace that a trusted proxy sent, if it is well-formed; otherwise a new sampled one. */
export function traceparent(received: string | undefined): string {
  if (received !== undefined && isTraceparent(received)) return received;
  return `00-${randomDigits(32)}-${randomDigits(16)}-01`;
}

/** A new trace of which nothing is recorded: for requests of the servers themselves. */
export function unrecorded(): string {
  return `00-${randomDigits(32)}-${randomDigits(16)}-00`;
}

/** What a traceparent says: of whom the receiver is a child, and whether that one is recorded. */
export interface TraceContext {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampled: boolean;
}

/** @returns undefined where it is absent or not well-formed */
export function traceContext(received: string | undefined): TraceContext | undefined {
  if (received === undefined || !isTraceparent(received)) return undefined;
  return {
    traceId: traceIdOf(received),
    parentId: received.slice(PARENT_ID, FLAGS - 1),
    // The lowest bit of the last digit (W3C Trace Context, section 3.2.2.5.1).
    sampled: (Number.parseInt(received.slice(FLAGS), 16) & 1) === 1,
  };
}

/** The id of the trace, by which the access lines and spans of all tiers are joined. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(TRACE_ID, PARENT_ID - 1);
}

export function newTraceId(): string {
  return randomDigits(32);
}

export function newSpanId(): string {
  return randomDigits(16);
}

function isPlain(word: string): boolean {
  if (word.length < SHORTEST_ID || word.length > LONGEST_ID) return false;
  return isMadeOf(IN_ID, word, 0, word.length);
}

function isTraceparent(word: string): boolean {
  return (
    word.length === TRACEPARENT.length &&
    word.startsWith("00-") &&
    word[PARENT_ID - 1] === "-" &&
    word[FLAGS - 1] === "-" &&
    isMadeOf(IN_TRACE, word, TRACE_ID, PARENT_ID - 1) &&
    isMadeOf(IN_TRACE, word, PARENT_ID, FLAGS - 1) &&
    isMadeOf(IN_TRACE, word, FLAGS, word.length) &&
    !word.startsWith(NO_TRACE_ID, TRACE_ID) &&
    !word.startsWith(NO_PARENT_ID, PARENT_ID)
  );
}

function isMadeOf(characters: Uint8Array, word: string, begin: number, end: number): boolean {
  for (let index = begin; index < end; index++) {
    if (characters[word.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

function charactersOf(word: string): Uint8Array {
  const characters = new Uint8Array(128);
  for (const character of word) characters[character.charCodeAt(0)] = 1;
  return characters;
}

/** Random digits that the ids of one millisecond share, and those that each has alone. */
const [SHARED, OWN] = [7, 12];
let sharedAt = 0;
let shared = "";

/**
 * RFC 9562, section 5.7: the time in milliseconds, then random bits. 48 of them differ between ids
 * of one process and millisecond. crypto's own function takes several times as long.
 */
function uuidv7(): string {
  const now = Date.now();
  if (now !== sharedAt) {
    sharedAt = now;
    shared = beginningOf(now);
  }
  return `${shared}${randomDigits(OWN)}`;
}

function beginningOf(now: number): string {
  const time = now.toString(16).padStart(12, "0");
  const random = randomDigits(SHARED);
  const variant = VARIANTS[Number.parseInt(random.slice(6), 16) % VARIANTS.length];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-`;
}

const VARIANTS = "89ab";

/** A call to the system for random bytes costs the most here: one call serves many ids. */
const bytes = Buffer.alloc(4096);
let random = "";
let used = 0;

function randomDigits(count: number): string {
  if (used + count > random.length) {
    random = randomFillSync(bytes).toString("hex");
    used = 0;
  }
  used += count;
  return random.slice(used - count, used);
}
