import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword, TooManyHashes, verifyPassword } from "./password.ts";

test("a hash names its function and its cost, and matches only its password", async () => {
  const hash = await hashPassword("correct horse");
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.ok(await verifyPassword("correct horse", hash));
  assert.ok(!(await verifyPassword("correct horse ", hash)));
  assert.notEqual(await hashPassword("correct horse"), hash, "every hash has a salt of its own");
});

test("a hash of another implementation is verified", async () => {
  // From RFC 9106's reference implementation: argon2 somesalt -id -t 2 -k 256 -p 1
  const hash =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  assert.ok(await verifyPassword("password", hash));
});

test("an accent in another encoding is the same password", async () => {
  assert.ok(await verifyPassword("caf\u00e9", await hashPassword("cafe\u0301")));
});

test("a value that is not a hash matches no password", async () => {
  for (const hash of [undefined, "", "none", "$argon2id$v=19$m=1$x$y"]) {
    assert.ok(!(await verifyPassword("", hash)));
  }
});

test("more passwords than the queue holds are refused", async () => {
  const crowd = Array.from({ length: 40 }, () => verifyPassword("x", undefined));
  const outcomes = await Promise.allSettled(crowd);
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 40 - 2 - 24);
  for (const { reason } of refused) assert.ok(reason instanceof TooManyHashes);
});
