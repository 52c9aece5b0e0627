import { randomFillSync, randomUUIDv7 } from "node:crypto";

const ACCEPTABLE_ID = /^[A-Za-z0-9._~+/=-]{8,128}$/;
/** W3C Trace Context, section 3.2: version 00; ids of zeros alone are invalid. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The id that a trusted proxy sent, if it is a plain word; otherwise a new UUIDv7 (RFC 9562). */
export function requestId(received: string | undefined): string {
  return received !== undefined && ACCEPTABLE_ID.test(received) ? received : randomUUIDv7();
}

/** The trace that a trusted proxy sent, if it is well-formed; otherwise a new sampled one. */
export function traceparent(received: string | undefined): string {
  if (received !== undefined && TRACEPARENT.test(received)) return received;
  const ids = randomIds();
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-01`;
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
