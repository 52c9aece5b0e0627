import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Claims } from "./claims.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((each) => rm(each, { recursive: true }))));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "claims-"));
  folders.push(folder);
  return folder;
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 27, 3, minute));

test("of twenty that claim a time at once, one gets it", async () => {
  const folder = await newFolder();
  const all = await Promise.all(Array.from({ length: 20 }, () => Claims.open(folder)));
  for (let minute = 0; minute < 10; minute += 1) {
    const got = await Promise.all(all.map((each) => each.claim("nightly", at(minute))));
    assert.equal(got.filter((each) => each === "claimed").length, 1, `minute ${minute}`);
  }
});

test("a time is claimed once, also after a restart, and no earlier one afterwards", async () => {
  const folder = await newFolder();
  assert.equal(await (await Claims.open(folder)).claim("nightly", at(5)), "claimed");
  const again = await Claims.open(folder);
  assert.equal(await again.claim("nightly", at(5)), "taken");
  assert.equal(await again.claim("nightly", at(4)), "outdated");
  assert.equal(await again.claim("nightly", at(6)), "claimed");
  assert.deepEqual(await again.last("nightly"), at(6));
});

test("tasks whose names begin alike have claims of their own, one file each", async () => {
  const folder = await newFolder();
  const claims = await Claims.open(folder);
  await claims.claim("nightly", at(1));
  await claims.claim("nightly", at(2));
  await claims.claim("nightly-report", at(9));
  assert.deepEqual(await claims.last("nightly"), at(2));
  assert.equal(await claims.last("night"), undefined);
  assert.equal((await readdir(folder)).length, 2);
});
