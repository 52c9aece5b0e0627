import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { wholeClone } from "../deploy/testing.ts";
import { readWalk, stepsOf, writeFiles } from "./walk.ts";

test("a block is the file that is named before it, and sh is what the reader types", () => {
  const page =
    "Text, `services/app/a.ts`:\n\n```ts\nlet a;\n```\n\n```sh\nmake up\nmake dev\n```\n";
  assert.deepEqual(stepsOf(page), [
    { file: "services/app/a.ts", content: "let a;\n" },
    { commands: ["make up", "make dev"] },
  ]);
  assert.throws(() => stepsOf("```ts\nlet a;\n```\n"), /no file is named/);
});

test("the page ends with every check of the repository", async () => {
  const commands = (await readWalk()).flatMap((step) => ("commands" in step ? step.commands : []));
  for (const command of ["make dev", "make check", "make services", "make e2e", "make test"]) {
    assert.ok(commands.includes(command), command);
  }
});

test("the application of the page keeps to the rules of lint, types and its unit test", async (t) => {
  const { root } = await wholeClone(t);
  await rm(join(root, "services/app"), { recursive: true });
  await writeFiles(root, await readWalk());
  const run = (...command: string[]) =>
    promisify(execFile)(process.execPath, command, { cwd: root }).catch(
      ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(stdout + stderr),
    );
  const bin = (name: string) => join(root, "node_modules", name);
  await run(bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "services/app");
  await run(bin("typescript/bin/tsc"), "--noEmit");
  await run("--test", "services/app/**/*.test.ts");
});
