import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { newProject } from "./new-command.ts";
import { repositoryAround, requireNoWorkspace } from "./surroundings.ts";

test("a folder that npm would take for a workspace is refused, and nothing is written", async (t) => {
  const root = await temporaryFolder(t);
  for (const workspaces of [["./apps/*/"], { packages: ["apps/**"] }]) {
    await writeFile(join(root, "package.json"), JSON.stringify({ workspaces }));
    const dir = join(root, "apps/shop");
    await assert.rejects(
      newProject({ dir, name: "shop", app: "hono" }),
      /apps\/shop would be a workspace of .*package\.json, and npm would install it there/,
    );
    assert.equal(existsSync(dir), false);
    assert.doesNotThrow(() => requireNoWorkspace(join(root, "sites/shop")));
  }
});

test("a folder of a repository is a part of it, unless it is ignored there", async (t) => {
  const root = await temporaryFolder(t);
  assert.equal(await repositoryAround(join(root, "sites/shop")), undefined);
  await run("git", ["init", "--quiet"], { cwd: root });
  for (const pattern of ["scratch", "scratch/"]) {
    await writeFile(join(root, ".gitignore"), `${pattern}\n`);
    assert.equal(await repositoryAround(join(root, "sites/shop")), root);
    assert.equal(await repositoryAround(join(root, "scratch/shop")), undefined, pattern);
    assert.equal(await repositoryAround(join(root, "scratch")), undefined, pattern);
  }
  // What counts is where the project is going to be.
  await mkdir(join(root, "scratch"));
  await symlink("scratch", join(root, "link"));
  assert.equal(await repositoryAround(join(root, "link")), undefined);
});
