import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** OWASP's parameters for Argon2id: 19 MiB and two passes, about 40 ms of one processor. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** Hashes at the same time: each takes 19 MiB and one of libuv's four threads. */
const AT_ONCE = 2;
/** With more in the queue, the last would wait for longer than a second. */
const WAITING = 24;

const PREFIX = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$`;
/** No password has it. */
const NO_HASH = `${PREFIX}${"A".repeat(22)}$${"A".repeat(43)}`;
const FORMAT = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Beyond them, hashing fails. */
export const HASHES_AT_ONCE = AT_ONCE + WAITING;

export class TooManyHashes extends Error {
  override readonly name = "TooManyHashes";
}

const derive = promisify(argon2);
let running = 0;
const queue: (() => void)[] = [];

/** Hashes a password with Argon2id (RFC 9106). @throws TooManyHashes */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await bounded({ ...parametersOf(password, salt), ...COST });
  return `${PREFIX}${encode(salt)}$${encode(hash)}`;
}

/**
 * Checks a password. A missing or unreadable hash takes as long as a wrong password, so that the
 * time does not show which accounts exist.
 * @throws TooManyHashes
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, salt = "", expected = ""] =
    FORMAT.exec(hash ?? "") ?? FORMAT.exec(NO_HASH) ?? [];
  const wanted = Buffer.from(expected, "base64");
  const made = await bounded({
    ...parametersOf(password, Buffer.from(salt, "base64")),
    tagLength: wanted.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return timingSafeEqual(made, wanted);
}

function parametersOf(password: string, nonce: Buffer) {
  // Keyboards encode é in different ways; NFC makes them equal.
  return { message: password.normalize("NFC"), nonce, tagLength: HASH_BYTES };
}

async function bounded(parameters: Argon2Parameters): Promise<Buffer> {
  if (queue.length >= WAITING) throw new TooManyHashes("too many passwords are being hashed");
  if (running >= AT_ONCE) {
    await new Promise<void>((resolve) => queue.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await derive("argon2id", parameters);
  } finally {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

const encode = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
