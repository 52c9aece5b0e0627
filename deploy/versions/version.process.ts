import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { chmod, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../command.ts";
import { LeftBehind, Problem } from "../problem.ts";
import { temporaryFolder, wholeClone } from "../testing.ts";
import { manifestsWith } from "./manifests.ts";
import { makeVersion } from "./version-command.ts";

const VERSION = "9.0.0-rc.1";
const CHANGELOG = "# Changelog\n\n## Unreleased\n\n### What you have to do\n\nNothing.\n";

const good = async (): Promise<void> => {};

/** A clone of this repository as one commit. */
async function repository(t: TestContext) {
  const { root } = await wholeClone(t);
  await writeFile(join(root, "CHANGELOG.md"), CHANGELOG);
  const git = async (...args: string[]): Promise<string> => {
    const { code, output, stdout } = await run("git", args, { cwd: root });
    assert.equal(code, 0, output);
    return stdout.trim();
  };
  await git("init", "--quiet");
  await git("config", "user.name", "test");
  await git("config", "user.email", "test@example.org");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "all");
  return {
    root,
    git,
    state: async () => [
      await git("status", "--porcelain"),
      await git("log", "--oneline"),
      await git("tag"),
    ],
  };
}

test("a version has packages, a list of parts, sums, notes, a commit and a tag", async (t) => {
  const { root, git } = await repository(t);
  const said = await makeVersion(root, VERSION, good, "2026-11-28");
  assert.match(said, /npm publish --tag next .*gatehouse-web-9\.0\.0-rc\.1\.tgz/);
  assert.equal(await git("status", "--porcelain"), "");
  assert.match(await git("log", "-1", "--format=%s"), /^version: 9\.0\.0-rc\.1$/);
  assert.match(
    await git("tag", "--list", "--format=%(contents)", `v${VERSION}`),
    /### What you have to do\n\nNothing\./,
  );
  assert.match(
    readFileSync(join(root, "CHANGELOG.md"), "utf8"),
    /^## 9\.0\.0-rc\.1 \(2026-11-28\)$/m,
  );

  const folder = join(root, ".cache/versions", VERSION);
  const files = await readdir(folder);
  assert.equal(files.filter((name) => name.endsWith(`-${VERSION}.tgz`)).length, 9);
  const { components } = JSON.parse(await readFile(join(folder, "sbom.cdx.json"), "utf8"));
  const parts = components.map(
    ({ name, version }: { name: string; version: string }) => `${name}@${version}`,
  );
  assert.ok(parts.includes(`web@${VERSION}`), parts.slice(0, 9).join());
  const sums = await run("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], {
    cwd: folder,
  });
  assert.equal(sums.code, 0, sums.output);
  const packed = await run(
    "tar",
    ["-xzOf", `gatehouse-gateway-${VERSION}.tgz`, "package/package.json"],
    { cwd: folder },
  );
  const { version, dependencies } = JSON.parse(packed.stdout);
  assert.deepEqual([version, dependencies["@gatehouse/http"]], [VERSION, VERSION]);

  await assert.rejects(makeVersion(root, VERSION, good), /it must come after 9\.0\.0-rc\.1/);
});

test("a version that is not good enough changes nothing, and neither does one that is refused", async (t) => {
  const { root, state } = await repository(t);
  const before = await state();
  const bad = async (): Promise<void> => {
    throw new Problem("make prove failed");
  };
  await assert.rejects(makeVersion(root, VERSION, bad), /make prove failed/);
  await assert.rejects(makeVersion(root, "1.0", good), /expected one like 1\.2\.3/);
  await assert.rejects(makeVersion(root, "0.0.1", good), /it must come after/);
  assert.deepEqual(await state(), before);

  const writes = async (): Promise<void> => await writeFile(join(root, "left"), "");
  await assert.rejects(makeVersion(root, VERSION, writes), /these differ from it:\n\?\? left/);
  await run("rm", ["left"], { cwd: root });
  // Packing fails, after the files were written.
  await symlink("/etc/hostname", join(root, "templates/common/linked"));
  await run("git", ["add", "--all"], { cwd: root });
  await run("git", ["commit", "--quiet", "--message", "broken"], { cwd: root });
  const broken = await state();
  await assert.rejects(makeVersion(root, VERSION, good), /is a symbolic link/);
  assert.deepEqual(await state(), broken);
  assert.equal(existsSync(join(root, ".cache/versions", VERSION)), false);
});

test("a version that cannot be tagged leaves no commit, and index and files as they were", async (t) => {
  const { root, git, state } = await repository(t);
  await git("config", "tag.gpgSign", "true");
  await git("config", "gpg.program", "/bin/false");
  const before = [...(await state()), await git("write-tree")];
  await assert.rejects(makeVersion(root, VERSION, good), /git tag failed/);
  assert.deepEqual([...(await state()), await git("write-tree")], before);
  assert.equal(existsSync(join(root, ".cache/versions", VERSION)), false);
});

test("an index that another git has locked leaves nothing, or is named beside the reason", async (t) => {
  const { root, git, state } = await repository(t);
  const before = await state();
  const lock = join(root, ".git/index.lock");
  const locks = async (): Promise<void> => await writeFile(lock, "");
  await assert.rejects(makeVersion(root, VERSION, locks), (error) => {
    assert.match(String(error), /git add failed: .*index\.lock/);
    return !(error instanceof LeftBehind);
  });
  await rm(lock);
  assert.deepEqual(await state(), before);

  const program = join(await temporaryFolder(t), "gpg");
  await writeFile(program, `#!/bin/sh\n: > '${lock}'\nexit 1\n`);
  await chmod(program, 0o755);
  await git("config", "tag.gpgSign", "true");
  await git("config", "gpg.program", program);
  const head = await git("rev-parse", "HEAD");
  await assert.rejects(makeVersion(root, VERSION, good), (error) => {
    assert.ok(error instanceof LeftBehind);
    assert.match(
      error.message,
      /^git tag failed: [\s\S]*\nnot put back as before.*"git reset [0-9a-f]{40}"/,
    );
    return true;
  });
  assert.equal(readFileSync(join(root, "CHANGELOG.md"), "utf8"), CHANGELOG);
  await rm(lock);
  await git("reset", "--quiet", head);
  assert.deepEqual(await state(), before);
});

test("every package has the version, and the lock file is as npm would write it", async (t) => {
  const { root, git } = await repository(t);
  for (const [file, content] of manifestsWith(root, VERSION))
    await writeFile(join(root, file), content);
  const args = [
    "install",
    "--package-lock-only",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--offline",
  ];
  const before = readFileSync(join(root, "package-lock.json"), "utf8");
  const { code, output } = await run("npm", args, { cwd: root });
  assert.equal(code, 0, output);
  assert.equal(readFileSync(join(root, "package-lock.json"), "utf8"), before);
  const changed = (await git("diff", "--name-only")).split("\n");
  const ours = (
    await git("ls-files", "package.json", "deploy/package.json", "packages/*/package.json")
  ).split("\n");
  for (const file of ours) assert.ok(changed.includes(file), file);
});
