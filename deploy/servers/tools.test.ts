import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openClone } from "../clone.ts";
import { temporaryFolder } from "../testing.ts";
import { makeTools } from "./tools.ts";

/** Has npm say which registry its folder's .npmrc names. */
async function cloneWithNpm(t: TestContext, end: string) {
  const root = await temporaryFolder(t);
  const bin = await temporaryFolder(t);
  const program = `#!/bin/sh\nmkdir node_modules; cat .npmrc > node_modules/read; ${end}\n`;
  await writeFile(join(bin, "npm"), program, { mode: 0o755 });
  await writeFile(join(root, "package.json"), '{"workspaces":[]}');
  await writeFile(join(root, "package-lock.json"), "{}");
  const { PATH } = process.env;
  process.env.PATH = `${bin}${delimiter}${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
  return openClone(root);
}

const NPMRC = "registry=https://npm.example/\n";

test("packages for a server come from the registry of the project's .npmrc, which is not kept with them", async (t) => {
  const clone = await cloneWithNpm(t, "exit 0");
  await writeFile(join(clone.root, ".npmrc"), NPMRC);
  const folder = await makeTools(clone, "set-x64");
  assert.equal(await readFile(join(folder, "node_modules/read"), "utf8"), NPMRC);
  assert.equal(existsSync(join(folder, ".npmrc")), false);
});

test("nor is it after a failure", async (t) => {
  const clone = await cloneWithNpm(t, "exit 1");
  await writeFile(join(clone.root, ".npmrc"), NPMRC);
  await assert.rejects(makeTools(clone, "set-x64"), /npm could not get the packages/);
  assert.equal(existsSync(join(clone.root, ".cache/tools/set-x64.new/.npmrc")), false);
});

test("a project without an .npmrc needs none", async (t) => {
  const clone = await cloneWithNpm(t, "exit 0");
  assert.equal(await makeTools(clone, "set-x64"), join(clone.root, ".cache/tools/set-x64"));
});
