import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { inUnits, requireSpace } from "./space.ts";

test("a backup that the disk has no room for is refused before it begins, with both figures", async (t) => {
  const folder = await temporaryFolder(t);
  const { bavail, bsize } = await statfs(folder);
  const refused =
    /a backup needs up to \d+\.\d [GT]B, and only \d+\.\d [GT]B are free in .+: nothing was changed/;
  await assert.rejects(requireSpace(folder, bavail * bsize, "a backup"), refused);
  await requireSpace(folder, 1, "a backup");
});

test("bytes have the unit that a person would choose", () => {
  const shown = [0, 1, 999, 1000, 1_500_000, 2e9, 3e12, 4e15].map(inUnits);
  assert.deepEqual(shown, [
    "0 B",
    "1 B",
    "999 B",
    "1.0 kB",
    "1.5 MB",
    "2.0 GB",
    "3.0 TB",
    "4000.0 TB",
  ]);
});
