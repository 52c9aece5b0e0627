import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { temporaryFolder } from "../testing.ts";
import { encrypted, Identity } from "./encryption.ts";

/** Made by age 1.1.1 of Debian, for a key that exists only here. */
const OF_AGE = {
  key: "AGE-SECRET-KEY-1S8K8F7GU3SUT2KC3XHPLMNA5JMVE795DEUS9TL7A85ANDZM75RTSHRXCS7",
  file: "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBCaGxEUG9WQTZENXdRODhnK0pRM0czSGlZY3ZSL2lLdVlXaCsrZEUwOVJ3Ck83dngxV2tWdHdYejEyM0FGYXYydHF1NnFMSnBOeFJ6Zkx5T3lpaU1hWU0KLS0tIDluN1JmY3ZXa0Ira3VVdzlUZ0NxT0J0SmNSZ0JYQkFwb1dZWWRCM0NrRHMKGZllAh3J09vkEk7iwmeVr8KxfRWwW1wTBt0KQWAmQdZ705JevThARfUV1vvGXlAgNBmxtL1f",
};

const pieces = (content: Buffer) =>
  Readable.from(
    [content.subarray(0, 70_000), content.subarray(70_000)].filter(({ length }) => length > 0),
  );

test("what is encrypted for two keys is opened by each, whatever its length", async () => {
  const keys = [await generateX25519Identity(), await generateX25519Identity()];
  const recipients = await Promise.all(keys.map((key) => identityToRecipient(key)));
  for (const length of [0, 1, 65_536, 300_000]) {
    const content = randomBytes(length);
    const stored = await buffer(await encrypted(pieces(content), recipients));
    // A single byte is found in any file.
    if (length >= 16) assert.ok(!stored.includes(content.subarray(0, 16)), "it is encrypted");
    for (const key of keys) {
      const opened = await new Identity([key]).decrypted(Readable.from([stored]));
      assert.deepEqual(await buffer(opened), content);
    }
  }
});

test("another key does not open it, and says so before any content", async () => {
  const recipient = await identityToRecipient(await generateX25519Identity());
  const stored = await buffer(await encrypted(pieces(randomBytes(1000)), [recipient]));
  const other = new Identity([await generateX25519Identity()]);
  await assert.rejects(other.decrypted(Readable.from([stored])), /does not open this backup/);
});

test("a changed or missing end does not pass for the whole", async () => {
  const key = await generateX25519Identity();
  const stored = await buffer(
    await encrypted(pieces(randomBytes(200_000)), [await identityToRecipient(key)]),
  );
  const cut = stored.subarray(0, stored.length - 70_000);
  const changed = Buffer.from(stored);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  for (const bad of [cut, changed]) {
    const opened = await new Identity([key]).decrypted(Readable.from([bad]));
    await assert.rejects(buffer(opened));
  }
});

test("the file of age-keygen is read, and a file of age itself is opened", async (t) => {
  const path = join(await temporaryFolder(t), "key.txt");
  await writeFile(path, `# created: 2026-11-27\n# public key: age1...\n${OF_AGE.key}\n`);
  const identity = await Identity.read(path);
  const opened = await identity.decrypted(Readable.from([Buffer.from(OF_AGE.file, "base64")]));
  assert.equal((await buffer(opened)).toString(), "a backup of yesterday\n");
});

test("a file without a secret key, and no file, are refused with the name of the setting", async (t) => {
  const path = join(await temporaryFolder(t), "key.txt");
  await assert.rejects(Identity.read(path), /BACKUP_IDENTITY=\S+ cannot be read: ENOENT/);
  await writeFile(path, "age1...\n");
  await assert.rejects(Identity.read(path), /has no line AGE-SECRET-KEY/);
});
