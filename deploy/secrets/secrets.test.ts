import assert from "node:assert/strict";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryClone } from "../testing.ts";
import { certificateNames } from "./certificate.ts";
import { ensureSecrets, hasPassword, makePassword, SECRET_MODES } from "./secrets.ts";

const names = certificateNames("127.0.0.1");

test("a clone gets all its secrets once, in a closed folder, readable where they are mounted", async (t) => {
  const clone = await temporaryClone(t);
  await makePassword(clone);
  assert.equal((await ensureSecrets(clone, names)).length, 2);
  assert.deepEqual(await ensureSecrets(clone, names), []);
  assert.equal((await stat(clone.secrets)).mode & 0o777, 0o700);
  for (const [name, mode] of Object.entries(SECRET_MODES)) {
    assert.equal((await stat(join(clone.secrets, name))).mode & 0o777, mode, name);
  }
});

test("a new password is long and has no letter that needs quoting", async (t) => {
  const clone = await temporaryClone(t);
  assert.equal(await hasPassword(clone), false);
  await makePassword(clone);
  const password = await readFile(join(clone.secrets, "database_password"), "utf8");
  assert.match(password, /^[\w-]{32}$/);
  assert.equal(await hasPassword(clone), true);
});

test("a lost certificate is replaced without a new authority", async (t) => {
  const clone = await temporaryClone(t);
  await ensureSecrets(clone, names);
  const authority = await readFile(join(clone.secrets, "ca.crt"), "utf8");
  await rm(join(clone.secrets, "tls.key"));
  const made = await ensureSecrets(clone, names);
  assert.deepEqual(made, ["a certificate (there was none)"]);
  assert.equal(await readFile(join(clone.secrets, "ca.crt"), "utf8"), authority);
});

test("a lost authority brings a new certificate with it", async (t) => {
  const clone = await temporaryClone(t);
  await ensureSecrets(clone, names);
  await rm(join(clone.secrets, "ca.key"));
  const made = await ensureSecrets(clone, names);
  assert.deepEqual(made, ["a local CA", "a certificate (the local CA is new)"]);
});
