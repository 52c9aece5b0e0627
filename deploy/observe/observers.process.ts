import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";

const COMMAND = join(import.meta.dirname, "../observe.ts");

/** An engine that only says how many admin ports Prometheus would read. */
const ENGINE = `#!/bin/sh
echo "$EDGES" > "\${0%/*}/edges"
`;

test("Prometheus reads an admin port of each edge; those made of nginx share one", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "docker"), ENGINE, { mode: 0o755 });
  for (const [EDGE, expected] of [
    ["web", "2"],
    ["nginx", "1"],
  ] as const) {
    const env = { PATH: `${folder}:${process.env.PATH}`, EDGE, EDGES: "2" };
    const { code, output } = await run(process.execPath, [COMMAND, "down"], { env });
    assert.equal(code, 0, output);
    assert.equal((await readFile(join(folder, "edges"), "utf8")).trim(), expected);
  }
});
