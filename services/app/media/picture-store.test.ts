import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, type TestContext, test } from "node:test";
import { PNG } from "../testing/visitor.ts";
import { PictureStore } from "./picture-store.ts";

let folder: string;
let store: PictureStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "media-"));
  store = new PictureStore(folder, 100_000);
});

afterEach(() => rm(folder, { recursive: true }));

async function* inPieces(content: Buffer, size: number) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

const jpeg = Buffer.from("ffd8ffe000104a46494600010100000100010000ffd9", "hex");
const gif = Buffer.from(
  "47494638396101000100800000000000ffffff2c00000000010001000002024401003b",
  "hex",
);
const webp = Buffer.concat([Buffer.from("RIFF\x0e\0\0\0WEBPVP8L", "latin1"), Buffer.alloc(6)]);

for (const [extension, content] of [
  ["png", PNG],
  ["jpg", jpeg],
  ["gif", gif],
  ["webp", webp],
] as const) {
  test(`a ${extension} is recognised by its bytes, in pieces of any size`, async () => {
    for (const size of [1, 7, 1000]) {
      assert.match(await store.save(inPieces(content, size)), new RegExp(`\\.${extension}$`));
    }
    assert.equal((await readdir(folder)).length, 3);
  });

  test(`an incomplete ${extension} is refused, and leaves no file`, async () => {
    const half = content.subarray(0, content.length - 3);
    await assert.rejects(store.save(inPieces(half, 5)), { name: "BadPicture", status: 422 });
    assert.deepEqual(await readdir(folder), []);
  });
}

test("an upload that is aborted leaves no file", async () => {
  async function* broken() {
    yield PNG.subarray(0, 30);
    throw new Error("the client has aborted");
  }
  await assert.rejects(store.save(broken()), /the client has aborted/);
  assert.deepEqual(await readdir(folder), []);
});

/** Has writes to any file fail from the n-th on, as on a disk that is full. */
async function fillDisk(t: TestContext, from: number) {
  const probe = await open(import.meta.filename);
  const handles: FileHandle = Object.getPrototypeOf(probe);
  await probe.close();
  let writes = 0;
  const full = () => Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  for (const name of ["write", "writeFile"] as const) {
    const original: (bytes: Uint8Array) => Promise<unknown> = handles[name];
    t.mock.method(handles, name, async function (this: FileHandle, bytes: Uint8Array) {
      if (++writes >= from) throw full();
      return await original.call(this, bytes);
    });
  }
}

for (const [what, from] of [
  ["upload", 2],
  // One for each piece of the upload, then those of the copy.
  ["copy", Math.ceil(PNG.length / 20) + 1],
] as const) {
  test(`a disk that is full for the ${what} is 507 after all was read, and leaves no file`, async (t) => {
    await fillDisk(t, from);
    let read = 0;
    async function* counted() {
      for await (const piece of inPieces(PNG, 20)) {
        read += piece.length;
        yield piece;
      }
    }
    await assert.rejects(store.save(counted()), {
      name: "BadPicture",
      status: 507,
      message: /no room/,
    });
    assert.equal(read, PNG.length);
    assert.deepEqual(await readdir(folder), []);
    t.mock.restoreAll();
    assert.match(await store.save(inPieces(PNG, 20)), /\.png$/);
  });
}

const yesterday = new Date(Date.now() - 25 * 3_600_000);

/** A file of yesterday, with a name as the store makes them. */
async function leaveBehind(before: string, after: string): Promise<string> {
  const name = `${before}${randomUUID()}${after}`;
  await writeFile(join(folder, name), "x");
  await utimes(join(folder, name), yesterday, yesterday);
  return name;
}

test("sweeping deletes old files that are not in use", async () => {
  const used = await leaveBehind("", ".png");
  await leaveBehind("", ".png");
  await leaveBehind(".", "");
  const fresh = await store.save(inPieces(PNG, 100));
  assert.equal(await store.sweep(async () => new Set([used])), 2);
  assert.deepEqual((await readdir(folder)).sort(), [fresh, used].sort());
});

test("sweeping keeps files that the store did not make", async () => {
  for (const name of ["logo.png", "lost+found", ".gitkeep"]) {
    if (name === "lost+found") await mkdir(join(folder, name));
    else await writeFile(join(folder, name), "x");
    await utimes(join(folder, name), yesterday, yesterday);
  }
  await leaveBehind("", ".png");
  assert.equal(await store.sweep(async () => new Set()), 1);
  assert.equal((await readdir(folder)).length, 3);
});

test("sweeping queries no more names at once than Postgres accepts", async () => {
  for (let count = 0; count < 1001; count += 1) await leaveBehind("", ".png");
  const asked: number[] = [];
  const deleted = await store.sweep(async (names) => {
    asked.push(names.length);
    return new Set();
  });
  assert.deepEqual([asked, deleted], [[1000, 1], 1001]);
});
