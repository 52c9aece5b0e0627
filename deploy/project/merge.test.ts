import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { writeFiles } from "./create.ts";
import { differences } from "./differences.ts";
import { Journal } from "./journal.ts";
import { markUnmerged, mergeFiles } from "./merge.ts";

const LINES = ["one", "two", "three", "four", "five", "six", "seven"];
/** A text of seven lines, some of which are written otherwise. */
const text = (changed: Readonly<Record<number, string>> = {}): string =>
  `${LINES.map((line, at) => changed[at] ?? line).join("\n")}\n`;

async function project(t: TestContext, files: Readonly<Record<string, string>>, below = "") {
  const repository = await temporaryFolder(t);
  const root = join(repository, below);
  await writeFiles(root, new Map(Object.entries(files)));
  for (const args of [
    ["init", "--quiet"],
    ["add", "--all"],
  ])
    await run("git", args, { cwd: repository });
  const journal = new Journal();
  return {
    root,
    journal,
    read: (path: string) => readFile(join(root, path), "utf8"),
    merge: (
      base: Readonly<Record<string, string>>,
      theirs: Readonly<Record<string, string>>,
      renames?: Readonly<Record<string, string>>,
    ) =>
      mergeFiles(
        root,
        journal,
        new Map(Object.entries(base)),
        new Map(Object.entries(theirs)),
        renames,
      ),
  };
}

test("a file that you have not changed is that of the new version; one that it has not changed is yours", async (t) => {
  const { merge, read } = await project(t, { "site.ts": text(), Makefile: text({ 0: "mine" }) });
  const base = { "site.ts": text(), Makefile: text() };
  const changes = await merge(base, { ...base, "site.ts": text({ 6: "new" }) });
  assert.deepEqual(changes, [{ path: "site.ts", done: "updated" }]);
  assert.equal(await read("site.ts"), text({ 6: "new" }));
  assert.equal(await read("Makefile"), text({ 0: "mine" }));
});

test("changes of different lines are both there, over three versions", async (t) => {
  const { merge, read } = await project(t, { "compose.yaml": text({ 0: "mine" }) });
  const versions = [text(), text({ 3: "second" }), text({ 3: "second", 6: "third" })];
  for (const [at, base] of versions.slice(0, -1).entries()) {
    const changes = await merge(
      { "compose.yaml": base },
      { "compose.yaml": versions[at + 1] ?? "" },
    );
    assert.deepEqual(changes, [{ path: "compose.yaml", done: "merged" }]);
  }
  assert.equal(await read("compose.yaml"), text({ 0: "mine", 3: "second", 6: "third" }));
});

test("changes of the same line are a conflict, in the file and for git", async (t) => {
  const { root, merge, read } = await project(t, { Makefile: text({ 2: "mine" }) });
  const changes = await merge({ Makefile: text() }, { Makefile: text({ 2: "theirs" }) });
  assert.partialDeepStrictEqual(changes, [
    { path: "Makefile", done: "a conflict", conflict: true },
  ]);
  await markUnmerged(root, changes);
  assert.match(
    await read("Makefile"),
    /<<<<<<< yours\nmine\n(\|{7}.*\nthree\n)?=======\ntheirs\n>>>>>>> the template now\n/,
  );
  const { stdout } = await run("git", ["status", "--porcelain"], { cwd: root });
  assert.equal(stdout, "UU Makefile\n");
  await run("git", ["add", "Makefile"], { cwd: root });
  const after = await run("git", ["ls-files", "--unmerged"], { cwd: root });
  assert.equal(after.stdout, "");
});

test("a project that is a folder of a repository has its conflicts in its own files", async (t) => {
  const { root, merge } = await project(t, { Makefile: text({ 2: "mine" }) }, "sites/shop");
  await chmod(join(root, "Makefile"), 0o755);
  const changes = await merge({ Makefile: text() }, { Makefile: text({ 2: "theirs" }) });
  await markUnmerged(root, changes);
  const { stdout } = await run("git", ["ls-files", "--unmerged", "--full-name"], { cwd: root });
  const entries = stdout.trim().split("\n");
  assert.equal(entries.length, 3);
  for (const entry of entries) assert.match(entry, /^100755 .*\tsites\/shop\/Makefile$/);
});

test("of several conflicts git shows all, or none where one cannot be shown", async (t) => {
  const mine = text({ 2: "mine" });
  const { root, merge } = await project(t, { Makefile: mine, "site.ts": mine });
  const changes = await merge(
    { Makefile: text(), "site.ts": text() },
    { Makefile: text({ 2: "theirs" }), "site.ts": text({ 2: "theirs" }) },
  );
  const unmerged = async (): Promise<string[]> => {
    const { stdout } = await run("git", ["diff", "--name-only", "--diff-filter=U"], { cwd: root });
    return stdout.split("\n").filter(Boolean);
  };
  await rename(join(root, "site.ts"), join(root, "meanwhile"));
  await assert.rejects(markUnmerged(root, changes), /site\.ts/);
  assert.deepEqual(await unmerged(), []);
  await rename(join(root, "meanwhile"), join(root, "site.ts"));
  await markUnmerged(root, changes);
  assert.deepEqual(await unmerged(), ["Makefile", "site.ts"]);
});

test("everything that a merge has changed can be put back, and nothing else is", async (t) => {
  const { root, journal, merge, read } = await project(t, {
    ...{
      "a.ts": text({ 0: "mine" }),
      Makefile: text({ 2: "mine" }),
      old: text(),
      "site.ts": text(),
    },
  });
  await chmod(join(root, "old"), 0o755);
  await run("git", ["add", "--all"], { cwd: root });
  const changes = await merge(
    { "a.ts": text(), Makefile: text(), old: text(), "site.ts": text() },
    { "b.ts": text({ 6: "new" }), Makefile: text({ 2: "theirs" }), "new/file": "", "site.ts": "" },
    { "a.ts": "b.ts" },
  );
  assert.equal(changes.length, 6);
  await writeFile(join(root, "meanwhile"), "");
  await journal.undo(new Error("stopped"));
  const { stdout } = await run("git", ["status", "--porcelain"], { cwd: root });
  assert.doesNotMatch(stdout, /^.[MD]/m);
  assert.match(stdout, /^\?\? meanwhile$/m);
  assert.equal(stdout.match(/^\?\?/gm)?.length, 1, stdout);
  assert.equal(await read("a.ts"), text({ 0: "mine" }));
});

test("what is a symbolic link here is not written through", async (t) => {
  const { root, merge, read } = await project(t, { elsewhere: text() });
  await symlink("elsewhere", join(root, "Makefile"));
  const changes = await merge({ Makefile: text() }, { Makefile: text({ 2: "theirs" }) });
  assert.match(changes[0]?.done ?? "", /is a symbolic link here; yours stays/);
  assert.equal(await read("elsewhere"), text());
});

test("what is behind a folder that is a symbolic link is neither written nor moved", async (t) => {
  const { root, merge } = await project(t, {});
  const outside = await temporaryFolder(t);
  await writeFile(join(outside, "page.ts"), text());
  await symlink(outside, join(root, "app"));
  const changes = await merge(
    { "app/page.ts": text(), "app/other.ts": text() },
    { "app/other.ts": text({ 2: "theirs" }), "app/new.ts": text(), "site/page.ts": text() },
    { "app/page.ts": "site/page.ts" },
  );
  const behind =
    "has changed in the template, and is behind the symbolic link app here; yours stays";
  assert.deepEqual(changes, [
    { path: "app/new.ts", done: behind },
    { path: "app/other.ts", done: behind },
    { path: "app/page.ts", done: behind },
    { path: "site/page.ts", done: "new" },
  ]);
  assert.deepEqual(await readdir(outside), ["page.ts"]);
  assert.equal(await readFile(join(outside, "page.ts"), "utf8"), text());
});

test("a file whose new path is behind a symbolic link stays where it is", async (t) => {
  const { root, merge, read } = await project(t, { "site.ts": text() });
  const outside = await temporaryFolder(t);
  await symlink(outside, join(root, "app"));
  const changes = await merge(
    { "site.ts": text() },
    { "app/site.ts": text() },
    { "site.ts": "app/site.ts" },
  );
  assert.deepEqual(changes, [
    { path: "site.ts", done: "is app/site.ts in the template; yours stays" },
    {
      path: "app/site.ts",
      done: "has changed in the template, and is behind the symbolic link app here; yours stays",
    },
  ]);
  assert.equal(await read("site.ts"), text());
  assert.deepEqual(await readdir(outside), []);
});

test("in the application and its tests yours counts where the two do not go together", async (t) => {
  const mine = text({ 2: "mine" });
  const { merge, read } = await project(t, { "app/page.ts": mine });
  const changes = await merge({ "app/page.ts": text() }, { "app/page.ts": text({ 2: "theirs" }) });
  assert.deepEqual(changes, [
    { path: "app/page.ts", done: "has changed in the template too; yours stays" },
  ]);
  assert.equal(await read("app/page.ts"), mine);
});

test("a file that is new in the template comes; one that left it goes, unless you have changed it", async (t) => {
  const { root, merge, read } = await project(t, { old: text(), kept: text({ 0: "mine" }) });
  const changes = await merge({ old: text(), kept: text() }, { "new/file": "new\n" });
  assert.deepEqual(changes, [
    { path: "kept", done: "is no part of the template any more; yours stays" },
    { path: "new/file", done: "new" },
    { path: "old", done: "removed" },
  ]);
  assert.equal(existsSync(join(root, "old")), false);
  assert.equal(await read("new/file"), "new\n");
  assert.equal(await read("kept"), text({ 0: "mine" }));
});

test("a file whose lines end in CRLF is merged as any other, and its lines end so afterwards", async (t) => {
  const crlf = (lines: string): string => lines.replaceAll("\n", "\r\n");
  const { merge, read } = await project(t, {
    Makefile: crlf(text()),
    "site.ts": crlf(text({ 0: "mine" })),
    "package.json": crlf('{\n  "mine": 1\n}\n'),
  });
  const changes = await merge(
    { Makefile: text(), "site.ts": text(), "package.json": "{}\n" },
    {
      Makefile: text({ 6: "new" }),
      "site.ts": text({ 6: "new" }),
      "package.json": '{ "theirs": 2 }\n',
    },
  );
  assert.deepEqual(
    changes.map(({ path, done }) => `${path}: ${done}`),
    ["Makefile: updated", "package.json: merged by key", "site.ts: merged"],
  );
  assert.equal(await read("Makefile"), crlf(text({ 6: "new" })));
  assert.equal(await read("site.ts"), crlf(text({ 0: "mine", 6: "new" })));
  assert.equal(await read("package.json"), crlf('{\n  "mine": 1,\n  "theirs": 2\n}\n'));
});

test("a file that you have removed stays removed", async (t) => {
  const { root, merge } = await project(t, { site: "x\n" });
  await rm(join(root, "site"));
  const changes = await merge({ site: text() }, { site: text({ 1: "new" }) });
  assert.match(changes[0]?.done ?? "", /it stays removed/);
  assert.equal(existsSync(join(root, "site")), false);
});

test("a renamed file takes your changes with it", async (t) => {
  const { root, merge, read } = await project(t, { "a.ts": text({ 0: "mine" }) });
  const changes = await merge(
    { "a.ts": text() },
    { "b.ts": text({ 6: "new" }) },
    { "a.ts": "b.ts" },
  );
  assert.deepEqual(changes, [
    { path: "a.ts", done: "is now b.ts" },
    { path: "b.ts", done: "merged" },
  ]);
  assert.equal(existsSync(join(root, "a.ts")), false);
  assert.equal(await read("b.ts"), text({ 0: "mine", 6: "new" }));
});

test("the files that differ from the template are named with the lines that differ", async (t) => {
  const { root } = await project(t, { same: "x\n", more: "x\ny\nz\n", less: "" });
  await writeFile(join(root, "own"), "not of the template\n");
  const template = { same: "x\n", more: "x\n", less: "a\n", gone: "g\n" };
  const found = await differences(root, new Map(Object.entries(template)));
  assert.deepEqual(found, ["more (+2 -0)", "less (+0 -1)", "gone (removed)"]);
});

test("a file whose lines end in CRLF differs by what is in them, not by their ends", async (t) => {
  const { root } = await project(t, { same: "x\r\ny\r\n", more: "x\r\ny\r\nz\r\n" });
  const template = { same: "x\ny\n", more: "x\ny\n" };
  const found = await differences(root, new Map(Object.entries(template)));
  assert.deepEqual(found, ["more (+1 -0)"]);
});

for (const [what, broken] of [
  ["is no JSON", '{ "name": "shop", }\n'],
  ["is no table", "[]\n"],
] as const) {
  test(`a package.json that ${what} stops the update with its path`, async (t) => {
    const { merge, read } = await project(t, { "app/package.json": broken });
    await assert.rejects(
      merge({ "app/package.json": "{}\n" }, { "app/package.json": '{ "type": "module" }\n' }),
      /^Problem: app\/package\.json .+: correct it, and run make update again$/,
    );
    assert.equal(await read("app/package.json"), broken);
  });
}
