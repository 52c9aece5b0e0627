import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { valuesOf } from "../env/environment.ts";
import type { Mode } from "../maintenance/edge-mode.ts";
import { temporaryClone } from "../testing.ts";
import { requireNoUnfinished } from "./quiet-site.ts";

/** A project whose edge says that this is its mode: `docker` is a script. */
async function stackIn(t: TestContext, mode: Mode) {
  const clone = await temporaryClone(t);
  const own = { COMPOSE_PROJECT_NAME: "shop" };
  const settings = {
    ...valuesOf({ text: "", file: {}, applicationText: "", own }),
    project: "shop",
  };
  const folder = join(clone.root, "bin");
  await mkdir(folder);
  await writeFile(join(folder, "status.json"), JSON.stringify({ mode }));
  const script = `#!/bin/sh
case "$1" in
  ps) printf 'abc\\tweb\\t1\\trunning\\tUp 2 minutes (healthy)\\t\\n' ;;
  exec) cat ${join(folder, "status.json")} ;;
  *) exit 1 ;;
esac
`;
  await writeFile(join(folder, "docker"), script, { mode: 0o755 });
  const path = process.env.PATH ?? "";
  process.env.PATH = `${folder}${delimiter}${path}`;
  t.after(() => {
    process.env.PATH = path;
  });
  return { clone, settings };
}

const RESTORED = "The site is being restored. Please come back in a few minutes.";

for (const [name, mode, leftover] of [
  ["the page of a restore", { kind: "maintenance", message: RESTORED }, false],
  ["what a restore has staged, under maintenance", { kind: "maintenance", message: "later" }, true],
  ["the same behind nginx, which has no message", { kind: "maintenance" }, true],
] as const) {
  test(`${name} keeps a backup from being made`, async (t) => {
    const stack = await stackIn(t, mode);
    const why = /a restore has not ended: .*make restore BACKUP=\.\.\. FORCE=1/;
    await assert.rejects(requireNoUnfinished(stack, leftover), why);
  });
}

for (const [name, mode, leftover] of [
  ["a live site", { kind: "live" }, false],
  ["a live site that has what a restore could not remove at its end", { kind: "live" }, true],
  ["a pause", { kind: "paused", longest: 30_000 }, false],
  ["maintenance of the operator's", { kind: "maintenance", message: "later" }, false],
] as const) {
  test(`${name} has backups`, async (t) => {
    await requireNoUnfinished(await stackIn(t, mode), leftover);
  });
}
