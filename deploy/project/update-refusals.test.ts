import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { VENDOR } from "./create.ts";
import { ORIGIN_FILE, originText } from "./origin.ts";
import { updateProject } from "./update-command.ts";

/** A project of this version, all of it committed, with packages of that version in vendor/. */
async function startProject(t: TestContext, version: string, vendored: string): Promise<string> {
  const root = await temporaryFolder(t);
  await writeFile(join(root, ORIGIN_FILE), originText({ version, name: "shop", app: "hono" }));
  await mkdir(join(root, VENDOR));
  await writeFile(join(root, VENDOR, `gatehouse-deploy-${vendored}.tgz`), "");
  const author = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "--all"],
    [...author, "commit", "--quiet", "--message", "all"],
  ]) {
    const { code, output } = await run("git", args, { cwd: root });
    assert.equal(code, 0, output);
  }
  return root;
}

const NEWER = "/nonexistent/gatehouse";

test("an update is refused where the packages are not those of the project's version", async (t) => {
  const root = await startProject(t, "1.2.3-h0", "1.2.2-h0");
  const why =
    /vendor\/ does not have the packages of version 1\.2\.3-h0, which \.gatehouse\.json names/;
  await assert.rejects(updateProject(NEWER, root), why);
});

test("an update is refused while there are changes that are not committed", async (t) => {
  const root = await startProject(t, "1.2.3-h0", "1.2.3-h0");
  await writeFile(join(root, "mine.ts"), "");
  await assert.rejects(updateProject(NEWER, root), /changes that are not committed/);
});

test("an older Gatehouse is refused, and so is an earlier candidate", async (t) => {
  const candidate = await startProject(t, "1.0.0-rc.2", "1.0.0-rc.2");
  const folder = await temporaryFolder(t);
  for (const version of ["0.1.0-h6fff276e6d", "1.0.0-rc.1", "1.0.0-rc.1.h6fff276e6d"]) {
    const from = join(folder, version);
    await mkdir(from);
    await writeFile(join(from, `gatehouse-deploy-${version}.tgz`), "");
    const why = `FROM= has version ${version}, which comes before 1.0.0-rc.2 of this project`;
    await assert.rejects(updateProject(from, candidate), { message: new RegExp(`^${why}`) });
  }
});

test("it says what is missing: a newer Gatehouse, its packages, or a project at all", async (t) => {
  const root = await startProject(t, "1.2.3-h0", "1.2.3-h0");
  await assert.rejects(updateProject("", root), /FROM= is missing/);
  await assert.rejects(updateProject(NEWER, root), /has no packages of Gatehouse/);
  const other = await temporaryFolder(t);
  await assert.rejects(updateProject(NEWER, other), /was not made by make new/);
});
