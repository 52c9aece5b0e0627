import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { copyPackages, writeFiles } from "./create.ts";
import { Templates } from "./newer.ts";
import { filesOf } from "./starter.ts";
import { fakePackages } from "./testing.ts";
import { updateProject } from "./update-command.ts";

const template = (words: string) => ({
  "common/package.json": `{ "name": "__name__", "dependencies": { "@gatehouse/web": "*" }, "scripts": { "words": "${words}" } }\n`,
  "common/Makefile": `# ${words}\n`,
  [`common/${words}`]: "",
  "node/app/package.json": "{}",
});

/** A project in a folder of a repository, in whose vendor/ is a tarball of its own too. */
async function project(t: TestContext) {
  const folder = await temporaryFolder(t);
  const root = join(folder, "repository/shop");
  await mkdir(join(folder, "newer"));
  const old = await fakePackages(folder, "1.0.0", template("old"));
  const newer = await fakePackages(join(folder, "newer"), "2.0.0", template("new"));
  const origin = { version: "1.0.0", name: "shop", app: "node" };
  await using templates = await Templates.of(old);
  await writeFiles(root, filesOf([templates.folder], origin));
  await copyPackages(root, old);
  await writeFile(join(root, "vendor/mine-1.0.0.tgz"), "mine");
  const git = async (...args: string[]): Promise<string> => {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    const { code, output, stdout } = await run("git", [...who, ...args], { cwd: root });
    assert.equal(code, 0, output);
    return stdout;
  };
  await git("init", "--quiet", join(folder, "repository"));
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "all");
  return { root, newer: newer.folder, status: () => git("status", "--porcelain", "--", ".") };
}

test("a project whose packages npm cannot resolve is as it was, and the reason is said", async (t) => {
  // The package of the web server is not there: npm fails without a request.
  const { root, newer, status } = await project(t);
  await assert.rejects(
    updateProject(newer, root),
    /npm cannot resolve the packages of the project:[\s\S]*the project is as it was$/,
  );
  assert.equal(await status(), "");
  assert.equal(await readFile(join(root, "Makefile"), "utf8"), "# old\n");
  assert.equal(await readFile(join(root, "vendor/mine-1.0.0.tgz"), "utf8"), "mine");
});

test("a change elsewhere in the repository does not keep the project from an update; one in the project does", async (t) => {
  const { root, newer } = await project(t);
  await writeFile(join(root, "../other"), "");
  await assert.rejects(updateProject(newer, root), /npm cannot resolve/);
  await writeFile(join(root, "mine"), "");
  await assert.rejects(updateProject(newer, root), /changes that are not committed/);
});

test("of several versions in vendor/ the project's own is the one that it comes from", async (t) => {
  const { root, newer, status } = await project(t);
  await fakePackages(join(root, "vendor"), "1.5.0", template("between"));
  await run("git", ["add", "--all"], { cwd: root });
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  await run("git", [...who, "commit", "--quiet", "--message", "more"], { cwd: root });
  await assert.rejects(updateProject(newer, root), /npm cannot resolve/);
  assert.equal(await status(), "");
});
