import { randomFillSync, randomUUIDv7 } from "node:crypto";

const SHORTEST_ID = 8;
const LONGEST_ID = 128;

/** What a plain id is made of, by character code: looking up is faster than a regular expression. */
const IN_ID = charactersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=-");
const IN_TRACE = charactersOf("0123456789abcdef");

/** W3C Trace Context, section 3.2: version 00, trace id, parent id, flags. */
const TRACEPARENT = "00-................................-................-..";
const [TRACE_ID, PARENT_ID, FLAGS] = [3, 36, 53];
const NO_TRACE_ID = "0".repeat(32);
const NO_PARENT_ID = "0".repeat(16);

/** The id that a trusted proxy sent, if it is a plain word; otherwise a new UUIDv7 (RFC 9562). */
export function requestId(received: string | undefined): string {
  return received !== undefined && isPlain(received) ? received : randomUUIDv7();
}

/** The trace that a trusted proxy sent, if it is well-formed; otherwise a new sampled one. */
export function traceparent(received: string | undefined): string {
  if (received !== undefined && isTraceparent(received)) return received;
  const ids = randomIds();
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-01`;
}

function isPlain(word: string): boolean {
  if (word.length < SHORTEST_ID || word.length > LONGEST_ID) return false;
  return isMadeOf(IN_ID, word, 0, word.length);
}

/** Ids of zeros alone are invalid. */
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

/** Asking the system for randomness costs more than all else here: one call serves many traces. */
const ID_BYTES = 24;
const random = Buffer.alloc(ID_BYTES * 256);
let used = random.length;

function randomIds(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += ID_BYTES;
  return random.toString("hex", used - ID_BYTES, used);
}
