import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../testing/edge-process.ts";
import { LIVE, ModeFile } from "./mode.ts";

const SUM = "0123456789abcdef".repeat(4);

/** A state file with this text, and what was logged of it. */
async function fileWith(t: TestContext, text: string) {
  const path = join(await temporaryFolder(t), "state.json");
  writeFileSync(path, text);
  const warnings: string[] = [];
  const logger = { info() {}, warn: (line: string) => void warnings.push(line), error() {} };
  return { path, warnings, file: new ModeFile(path, logger) };
}

test("what is written is read again, and nothing else is left in the folder", async (t) => {
  const { path, file } = await fileWith(t, "");
  const kept = [
    { mode: LIVE, canary: 0 },
    { mode: { kind: "paused", longest: 30_000 }, canary: 12.5 },
    { mode: { kind: "maintenance", message: "Back at nine", pass: SUM }, canary: 100 },
  ] as const;
  for (const each of kept) {
    file.write(each);
    assert.deepEqual(file.read(), each);
  }
  assert.deepEqual(await readdir(dirname(path)), ["state.json"]);
  assert.ok(readFileSync(path, "utf8").endsWith("}\n"));
});

test("a way in that is no SHA-256, and a share that is none, are left out, and the rest holds", async (t) => {
  const text = '{"kind":"maintenance","message":"later","pass":"secret","canary":101}';
  const { file } = await fileWith(t, text);
  const mode = { kind: "maintenance", message: "later", pass: undefined };
  assert.deepEqual(file.read(), { mode, canary: 0 });
  for (const canary of [-1, "many", null]) {
    const other = await fileWith(t, JSON.stringify({ kind: "live", canary }));
    assert.deepEqual(other.file.read(), { mode: LIVE, canary: 0 }, String(canary));
  }
});

test("a file that cannot be read has the site live, with a line of the log", async (t) => {
  for (const text of [
    '{"kind":"paused"}',
    '{"kind":"maintenance"}',
    '{"kind":"else"}',
    "{",
    "null",
  ]) {
    const { file, warnings } = await fileWith(t, text);
    assert.deepEqual(file.read(), { mode: LIVE, canary: 0 }, text);
    assert.deepEqual(warnings, ["state file ignored: the site is live"]);
  }
});
