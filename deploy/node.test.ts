import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "./command.ts";
import { runnableClone } from "./testing.ts";

/** The result of deploy/node.sh on a machine with these programs and a few basic ones. */
async function nodeSh(t: TestContext, verb: string, programs: Record<string, string>) {
  const clone = await runnableClone(t, { packages: false });
  const folder = join(clone.root, "bin");
  await mkdir(folder);
  for (const basic of ["dirname", "id", "date"]) {
    await symlink(join("/usr/bin", basic), join(folder, basic)).catch(() => {});
  }
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return await run("/bin/sh", [join(clone.root, "deploy/node.sh"), verb], {
    env: { PATH: folder },
  });
}

test("without npm and apt, one line says what to install", async (t) => {
  const { code, output } = await nodeSh(t, "install", {});
  assert.equal(code, 69);
  assert.match(output, /^gatehouse: npm is missing: install Node 26 .+\n$/);
});

test("packages that cannot be fetched are reported after the lines of npm", async (t) => {
  const { code, stderr } = await nodeSh(t, "install", { npm: "echo 'npm error' >&2; exit 1" });
  assert.equal(code, 69);
  assert.match(stderr, /^npm error\ngatehouse: npm ci failed: see the lines above; .+\n$/);
});

test("a Node that is too old is rejected, a new one is used", async (t) => {
  const old = await nodeSh(t, "path", { node: "exit 1" });
  assert.equal(old.code, 69);
  assert.match(old.stderr, /^gatehouse: no Node 26 for this machine .+\n$/);
  const recent = await nodeSh(t, "path", { node: "exit 0" });
  assert.equal(recent.stdout, "node\n");
});
