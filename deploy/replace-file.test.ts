import assert from "node:assert/strict";
import { chown, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { replaceFile } from "./replace-file.ts";
import { temporaryFolder } from "./testing.ts";

test("a file gets its mode, whatever the one before had", async (t) => {
  const file = join(await temporaryFolder(t), ".env");
  await writeFile(file, "A=1\n", { mode: 0o644 });
  await replaceFile(file, "A=2\n", 0o600);
  assert.equal(await readFile(file, "utf8"), "A=2\n");
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test("many writers at once leave one whole file, and nothing beside it", async (t) => {
  const folder = await temporaryFolder(t);
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(10_000));
  await Promise.all(texts.map((text) => replaceFile(join(folder, "secret"), text, 0o444)));
  assert.deepEqual(await readdir(folder), ["secret"]);
  assert.ok(texts.includes(await readFile(join(folder, "secret"), "utf8")));
});

test("a write that fails leaves nothing beside the file", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "secret", "in the way"), { recursive: true });
  const file = join(folder, "secret");
  await assert.rejects(replaceFile(file, "text", 0o444), ({ message }: Error) => {
    assert.equal(message, `EISDIR: illegal operation on a directory, rename '${file}'`);
    return true;
  });
  assert.deepEqual(await readdir(folder), ["secret"]);
});

test("what root replaces stays its owner's", async (t) => {
  const file = join(await temporaryFolder(t), ".env");
  await writeFile(file, "A=1\n");
  const owner = process.geteuid?.() === 0 ? 65534 : process.geteuid?.();
  if (owner === 65534) await chown(file, owner, owner);
  await replaceFile(file, "A=2\n", 0o600);
  assert.equal((await stat(file)).uid, owner);
});
