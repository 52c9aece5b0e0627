import assert from "node:assert/strict";
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { writeSecretFiles } from "./testing.ts";

for (const [ignore, folders] of [
  [".dockerignore", ["services/app", "services/app/config", "packages/http", "nginx", "examples"]],
  ["templates/common/.dockerignore", ["app", "app/config", "vendor"]],
] as const) {
  test(`${ignore} keeps secrets out of what an image is built from`, async (t) => {
    const root = await temporaryFolder(t);
    await copyFile(join(openClone().root, ignore), join(root, ".dockerignore"));
    const { harmless } = await writeSecretFiles(root, folders);
    // What the builder gets is what it can copy.
    await writeFile(join(root, "Dockerfile"), "FROM scratch\nCOPY . /context/\n");
    const made = await temporaryFolder(t);
    const args = ["buildx", "build", "--file", "Dockerfile", "--output", `type=local,dest=${made}`];
    const { code, output } = await run("docker", [...args, "."], { cwd: root });
    assert.equal(code, 0, output);
    const context = join(made, "context");
    const found = await readdir(context, { recursive: true, withFileTypes: true });
    const files = found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(context.length + 1));
    assert.deepEqual(files.sort(), harmless);
  });
}
