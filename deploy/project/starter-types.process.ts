import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { writeFiles } from "./create.ts";
import { filesOf, starters } from "./starter.ts";
import { isBuilt } from "./testing.ts";

const { root } = openClone();

// `make check` of those that are built: starters.process.ts.
for (const app of starters(layout.templates).filter((each) => !isBuilt(each))) {
  test(`the types of a ${app} project are right, and its unit tests pass`, async () => {
    // Below the repository, where Node and the compiler find the packages.
    const folder = join(root, ".cache/starters", app);
    await rm(folder, { recursive: true, force: true });
    after(() => rm(folder, { recursive: true, force: true }));
    await mkdir(folder, { recursive: true });
    const answers = { version: "1.2.3-h0", name: "corner-shop", app };
    await writeFiles(folder, filesOf(layout.templates, answers));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const types = await run(process.execPath, [compiler, "--noEmit"], { cwd: folder });
    assert.equal(types.code, 0, types.output);
    const args = ["--test", "app/**/*.test.ts"];
    const env = { NODE_TEST_CONTEXT: undefined };
    const unit = await run(process.execPath, args, { cwd: folder, env });
    assert.equal(unit.code, 0, unit.output);
    assert.match(unit.output, /pass 3/);
  });
}
