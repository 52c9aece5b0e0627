import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readWalk, stepsOf } from "./walk.ts";

test("a block is the file that is named before it, and sh is what the reader types", () => {
  const page =
    "Text, `services/app/a.ts`:\n\n```ts\nlet a;\n```\n\n```sh\nmake up\nmake dev\n```\n";
  assert.deepEqual(stepsOf(page), [
    { file: "services/app/a.ts", content: "let a;\n" },
    { commands: ["make up", "make dev"] },
  ]);
  assert.deepEqual(stepsOf("```ts\nlet a;\n```\n"), [], "an example");
});

test("the steps of adopting an application are commands alone", async () => {
  const steps = stepsOf(await readFile(join(import.meta.dirname, "adopt.md"), "utf8"));
  assert.ok(steps.length > 0);
  assert.deepEqual(
    steps.filter((step) => !("commands" in step)),
    [],
  );
});

test("the page ends with every check of the repository", async () => {
  const commands = (await readWalk()).flatMap((step) => ("commands" in step ? step.commands : []));
  for (const command of ["make dev", "make check", "make services", "make e2e", "make test"]) {
    assert.ok(commands.includes(command), command);
  }
});
