import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { PNG } from "../testing/pictures.ts";
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
  test(`a ${extension} is known by its bytes, in whichever pieces they come`, async () => {
    for (const size of [1, 7, 1000]) {
      assert.match(await store.save(inPieces(content, size)), new RegExp(`\\.${extension}$`));
    }
    assert.equal((await readdir(folder)).length, 3);
  });

  test(`half a ${extension} is refused, and leaves nothing`, async () => {
    const half = content.subarray(0, content.length - 3);
    await assert.rejects(store.save(inPieces(half, 5)), { name: "BadPicture", status: 422 });
    assert.deepEqual(await readdir(folder), []);
  });
}

test("an upload that breaks off leaves nothing", async () => {
  async function* broken() {
    yield PNG.subarray(0, 30);
    throw new Error("the client has left");
  }
  await assert.rejects(store.save(broken()), /the client has left/);
  assert.deepEqual(await readdir(folder), []);
});

test("sweeping deletes what is old and in nobody's use", async () => {
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  for (const name of ["used.png", "unused.png", ".draft", "fresh.png"]) {
    await writeFile(join(folder, name), "x");
    if (name !== "fresh.png") await utimes(join(folder, name), yesterday, yesterday);
  }
  assert.equal(await store.sweep(async () => new Set(["used.png"])), 2);
  assert.deepEqual((await readdir(folder)).sort(), ["fresh.png", "used.png"]);
});
