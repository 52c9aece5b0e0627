import assert from "node:assert/strict";
import { once } from "node:events";
import { rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../testing/edge.ts";
import { ask, makeFolder, startMount } from "../testing/files.ts";
import { FileMemory } from "./file-memory.ts";

const LARGE = 24 * 1024 * 1024;

/** A response of which only the head is read at first. */
async function open(url: string): Promise<IncomingMessage> {
  const [response] = await once(get(url), "response");
  return response;
}

test("a changed file is served within about a second, with another tag", async (t) => {
  const folder = await makeFolder(t, { "page.txt": "old" });
  const url = `${await startMount(t, { folder })}/files/page.txt`;
  const before = await ask(url, {});
  await writeFile(join(folder, "page.txt"), "new");
  const after = await eventually(
    () => ask(url, {}),
    ({ body }) => body.toString() === "new",
  );
  assert.notEqual(after.headers.etag, before.headers.etag);
});

test("a removed file is 404 soon, and a new one is served at once", async (t) => {
  const folder = await makeFolder(t, { "page.txt": "here" });
  const url = `${await startMount(t, { folder })}/files/page.txt`;
  assert.equal((await ask(url, {})).status, 200);
  await rm(join(folder, "page.txt"));
  await eventually(
    () => ask(url, {}),
    ({ status }) => status === 404,
  );
  await writeFile(join(folder, "page.txt"), "back");
  assert.equal((await ask(url, {})).status, 200);
});

test("a compressed sibling that comes later is found", async (t) => {
  const folder = await makeFolder(t, { "page.txt": "plain" });
  const url = `${await startMount(t, { folder })}/files/page.txt`;
  const accepting = { "accept-encoding": "gzip" };
  assert.equal((await ask(url, accepting)).headers["content-encoding"], undefined);
  await writeFile(join(folder, "page.txt.gz"), "packed");
  await eventually(
    () => ask(url, accepting),
    ({ headers }) => headers["content-encoding"] === "gzip",
  );
});

test("a large file that is replaced while it is sent arrives whole, as it was", async (t) => {
  const folder = await makeFolder(t, { "large.bin": Buffer.alloc(LARGE, "a") });
  const response = await open(`${await startMount(t, { folder })}/files/large.bin`);
  await writeFile(join(folder, "draft"), Buffer.alloc(LARGE, "b"));
  await rename(join(folder, "draft"), join(folder, "large.bin"));
  const body = Buffer.concat(await response.toArray());
  assert.ok(body.equals(Buffer.alloc(LARGE, "a")));
});

for (const [how, write] of [
  ["cut short", (path: string) => truncate(path, 1000)],
  ["written over", (path: string) => writeFile(path, Buffer.alloc(LARGE, "b"))],
  ["changed in place", (path: string) => writeFile(path, "b", { flag: "r+" })],
] as const) {
  test(`a large file that is ${how} while it is sent never looks complete`, async (t) => {
    const folder = await makeFolder(t, { "large.bin": Buffer.alloc(LARGE, "a") });
    const response = await open(`${await startMount(t, { folder })}/files/large.bin`);
    await write(join(folder, "large.bin"));
    await assert.rejects(response.toArray(), /aborted/);
  });
}

test("a file that is evicted from memory while it is sent arrives whole", async (t) => {
  const small = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}.txt`, "small"]));
  const folder = await makeFolder(t, { ...small, "large.bin": Buffer.alloc(LARGE, "a") });
  const url = `${await startMount(t, { folder }, new FileMemory(4 * 2048))}/files`;
  const response = await open(`${url}/large.bin`);
  for (const name of Object.keys(small))
    assert.equal((await ask(`${url}/${name}`, {})).status, 200);
  assert.equal(Buffer.concat(await response.toArray()).length, LARGE);
});

test("a link that changes to the outside, or to something hidden, is 404", async (t) => {
  const folder = await makeFolder(t, { "root/page.txt": "page", "root/.env": "x", outside: "y" });
  const url = `${await startMount(t, { folder: join(folder, "root") })}/files/link.txt`;
  const link = join(folder, "root", "link.txt");
  await symlink("page.txt", link);
  assert.equal((await ask(url, {})).body.toString(), "page");
  for (const target of ["../outside", ".env", "/etc/passwd", folder]) {
    await symlink(target, `${link}.draft`);
    await rename(`${link}.draft`, link);
    await eventually(
      () => ask(url, {}),
      ({ status }) => status === 404,
    );
  }
});
