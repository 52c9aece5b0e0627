import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { writeSecretFiles } from "./testing.ts";

for (const [ignore, folders] of [
  [".gitignore", [".", "services/app", "services/app/config"]],
  ["templates/common/gitignore", [".", "app", "app/config"]],
] as const) {
  test(`${ignore} keeps secrets out of every commit, in whichever folder they are`, async (t) => {
    const root = await temporaryFolder(t);
    await copyFile(join(openClone().root, ignore), join(root, ".gitignore"));
    const { secret, harmless } = await writeSecretFiles(root, folders);
    const git = (...args: string[]) => run("git", ["-C", root, ...args]);
    assert.equal((await git("init", "--quiet")).code, 0);
    const { stdout } = await git("check-ignore", "--no-index", ...secret, ...harmless);
    assert.deepEqual(stdout.trim().split("\n").sort(), secret);
    assert.equal((await git("check-ignore", "--no-index", ".env.example")).stdout, "");
  });
}
