import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { spaceFinding } from "./disk.ts";

test("a full file system is reported with the free and the needed space and a remedy", async (t) => {
  const folder = await temporaryFolder(t);
  const finding = await spaceFinding(folder, Number.MAX_SAFE_INTEGER, "docker system prune");
  assert.equal(finding.ok, false);
  assert.match(
    finding.text,
    /^only [\d.]+ GiB free in .+, [\d.]+ GiB needed: docker system prune$/,
  );
});

test("a file system with enough space passes", async (t) => {
  assert.equal((await spaceFinding(await temporaryFolder(t), 1, "")).ok, true);
});

test("a folder that cannot be read, as in Docker Desktop's virtual machine, is no problem", async () => {
  assert.equal((await spaceFinding("/no/such/folder", 1, "")).ok, true);
});
