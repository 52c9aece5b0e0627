import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openClone } from "./clone.ts";
import { run } from "./command.ts";
import { runMake, runnableClone, temporaryFolder } from "./testing.ts";

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

/** Two packages of this folder, each with an install script that leaves a file beside it. */
async function projectWithScripts(t: TestContext, application: string): Promise<string> {
  const folder = await temporaryFolder(t);
  const packages = ["trusted", "stranger"];
  const own: Record<string, object> = {
    [application]: { name: "site", trustedDependencies: ["trusted"] },
  };
  for (const name of packages) {
    own[`packages/${name}`] = { name, version: "1.0.0", scripts: { install: "touch ran" } };
  }
  const all = { ...own, ".": { name: "clone", workspaces: Object.keys(own) } };
  for (const [path, manifest] of Object.entries(all)) {
    await mkdir(join(folder, path), { recursive: true });
    await writeFile(join(folder, path, "package.json"), JSON.stringify(manifest));
  }
  const locked = await run("npm", ["install", "--package-lock-only", "--offline"], { cwd: folder });
  assert.equal(locked.code, 0, locked.output);
  return folder;
}

const ran = (folder: string, name: string) => existsSync(join(folder, "packages", name, "ran"));

test("of the install scripts, only those that the application trusts run", async (t) => {
  const folder = await projectWithScripts(t, "services/app");
  await mkdir(join(folder, "deploy"));
  await cp(join(openClone().root, "deploy/node.sh"), join(folder, "deploy/node.sh"));
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const { code, output } = await run(join(folder, "deploy/node.sh"), ["install"], { env });
  assert.equal(code, 0, output);
  assert.ok(ran(folder, "trusted"));
  assert.ok(!ran(folder, "stranger"));
});

test("nor do others run in a project of one's own, and a failed one is no finished install", async (t) => {
  const folder = await projectWithScripts(t, "app");
  await cp(join(openClone().root, "templates/common/Makefile"), join(folder, "Makefile"));
  const marker = "node_modules/.package-lock.json";
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const { code, output } = await runMake(folder, [marker], env);
  assert.equal(code, 0, output);
  assert.ok(ran(folder, "trusted"));
  assert.ok(!ran(folder, "stranger"));

  const manifest = { name: "trusted", version: "1.0.0", scripts: { install: "exit 3" } };
  await writeFile(join(folder, "packages/trusted/package.json"), JSON.stringify(manifest));
  await rm(join(folder, "node_modules"), { recursive: true });
  assert.notEqual((await runMake(folder, [marker], env)).code, 0);
  assert.ok(!existsSync(join(folder, marker)));
});
