import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { sharedTime } from "./shared-time.ts";

test("a process that started later has the same time", () => {
  const module = join(import.meta.dirname, "shared-time.ts");
  const source = `import { sharedTime } from ${JSON.stringify(module)}; console.log(sharedTime());`;
  const before = sharedTime();
  const own = Number(execFileSync(process.execPath, ["--input-type=module", "-e", source]));
  assert.ok(before < own && own < sharedTime(), `${before}, ${own}`);
});
