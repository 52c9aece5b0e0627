import assert from "node:assert/strict";
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryClone } from "../testing.ts";
import { certificateNames } from "./certificate.ts";
import { ensureSecrets, hasPassword, makePassword } from "./secrets.ts";

const names = certificateNames("127.0.0.1");
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test("only the owner may enter the folder and read the CA's key; containers may read the rest", async (t) => {
  const clone = await temporaryClone(t);
  await makePassword(clone);
  assert.equal((await ensureSecrets(clone, names)).length, 2);
  assert.equal(await modeOf(clone.secrets), "700");
  for (const [name, mode] of [
    ["ca.key", "400"],
    ["ca.crt", "444"],
    ["tls.crt", "444"],
    ["tls.key", "444"],
    ["database_password", "444"],
    ["database_site_password", "444"],
  ] as const) {
    assert.equal(await modeOf(join(clone.secrets, name)), mode, name);
  }
});

test("a folder that was open to others is closed again", async (t) => {
  const clone = await temporaryClone(t);
  await mkdir(clone.secrets);
  await chmod(clone.secrets, 0o755);
  await ensureSecrets(clone, names);
  assert.equal(await modeOf(clone.secrets), "700");
});

test("secrets are made once", async (t) => {
  const clone = await temporaryClone(t);
  await ensureSecrets(clone, names);
  assert.deepEqual(await ensureSecrets(clone, names), []);
});

test("a new password is long and has no character that needs quotes", async (t) => {
  const clone = await temporaryClone(t);
  assert.equal(await hasPassword(clone), false);
  await makePassword(clone);
  const password = await readFile(join(clone.secrets, "database_password"), "utf8");
  assert.match(password, /^[\w-]{32}$/);
  assert.equal(await hasPassword(clone), true);
});

test("a password can be made for a clone that has other secrets already", async (t) => {
  const clone = await temporaryClone(t);
  await ensureSecrets(clone, names);
  await makePassword(clone);
  assert.equal(await hasPassword(clone), true);
});

test("a clone of before there were roles gets the site's password, and keeps that of the owner", async (t) => {
  const clone = await temporaryClone(t);
  await makePassword(clone);
  await ensureSecrets(clone, names);
  const read = (name: string) => readFile(join(clone.secrets, name), "utf8");
  const owner = await read("database_password");
  await rm(join(clone.secrets, "database_site_password"));
  assert.deepEqual(await ensureSecrets(clone, names), ["a password of the site's database role"]);
  assert.match(await read("database_site_password"), /^[\w-]{32}$/);
  assert.notEqual(await read("database_site_password"), owner);
  assert.equal(await read("database_password"), owner);
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

test("a lost authority is replaced together with the certificate", async (t) => {
  const clone = await temporaryClone(t);
  await ensureSecrets(clone, names);
  await rm(join(clone.secrets, "ca.key"));
  const made = await ensureSecrets(clone, names);
  assert.deepEqual(made, ["a local CA", "a certificate (the local CA is new)"]);
});

test("what a killed command has left in secrets/ is in nobody's way, though no user may write to it", async (t) => {
  const clone = await temporaryClone(t);
  await makePassword(clone);
  const left = join(clone.secrets, "database_password.new");
  await writeFile(left, "half", { mode: 0o400 });
  // Root may write to a file without the right to do so: another user may not.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    for (const path of [clone.root, clone.secrets, left]) await chown(path, 65534, 65534);
    process.seteuid?.(65534);
  }
  try {
    await makePassword(clone);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  assert.equal(await hasPassword(clone), true);
});
