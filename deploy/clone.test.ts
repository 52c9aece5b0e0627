import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openClone } from "./clone.ts";
import { temporaryFolder } from "./testing.ts";

test("two clones have different project names, and Compose accepts them", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "one"));
  await mkdir(join(folder, "two"));
  const [one, two] = [openClone(join(folder, "one")), openClone(join(folder, "two"))];
  assert.match(one.project, /^gatehouse-[0-9a-f]{8}$/);
  assert.notEqual(one.project, two.project);
});

test("a clone has one project name, also through a symbolic link", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "clone"));
  await symlink(join(folder, "clone"), join(folder, "link"));
  assert.equal(openClone(join(folder, "link")).project, openClone(join(folder, "clone")).project);
});
