import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { spaceFinding } from "./space.ts";

test("a file system with too little room says how much it has, needs, and what makes room", async (t) => {
  const folder = await temporaryFolder(t);
  const finding = await spaceFinding(folder, Number.MAX_SAFE_INTEGER, "docker system prune");
  assert.equal(finding.ok, false);
  assert.match(
    finding.text,
    /^only [\d.]+ GiB free in .+, [\d.]+ GiB needed: docker system prune$/,
  );
});

test("a file system with enough room is in order", async (t) => {
  assert.equal((await spaceFinding(await temporaryFolder(t), 1, "")).ok, true);
});

test("a folder that cannot be looked at, as in the engine's own machine, is no problem", async () => {
  assert.equal((await spaceFinding("/no/such/folder", 1, "")).ok, true);
});
