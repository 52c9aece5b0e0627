import assert from "node:assert/strict";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../../command.ts";
import { temporaryFolder } from "../../testing.ts";
import { ADD_KEYS, requireOwnFolder } from "./user.ts";

const sh = (script: string, input = "") => run("sh", ["-c", `set -eu\n${script}`], { input });

test("a key is added once, behind a last line that has no end", async (t) => {
  const home = await temporaryFolder(t);
  await mkdir(join(home, ".ssh"));
  const file = join(home, ".ssh/authorized_keys");
  const add = () =>
    sh(`home=${home}; ${ADD_KEYS}`, "ssh-ed25519 AAAAnew jo@desk\nssh-rsa AAAAold\n");
  await add();
  const both = "ssh-ed25519 AAAAnew jo@desk\nssh-rsa AAAAold\n";
  assert.equal(await readFile(file, "utf8"), both, "without a file");
  await writeFile(file, "ssh-rsa AAAAold");
  for (const _ of ["once", "twice"]) {
    assert.equal((await add()).code, 0);
    assert.equal(await readFile(file, "utf8"), "ssh-rsa AAAAold\nssh-ed25519 AAAAnew jo@desk\n");
  }
});

test("a folder that has something else in it is refused, and a new, an empty and the site's own are taken", async (t) => {
  const folder = await temporaryFolder(t);
  const { username } = userInfo();
  const takes = async (path: string, user = username): Promise<boolean> => {
    const { code, stderr } = await sh(requireOwnFolder(path, user));
    if (code !== 0) assert.match(stderr, /^it has something else in it already: SERVER_FOLDER/);
    return code === 0;
  };
  assert.equal(await takes(join(folder, "new")), true);
  const disk = join(folder, "disk");
  await mkdir(join(disk, "lost+found"), { recursive: true });
  assert.equal(await takes(disk), true);
  await symlink(disk, join(folder, "link"));
  assert.equal(await takes(join(folder, "link")), false);
  await mkdir(join(disk, ".git"));
  assert.equal(await takes(disk), true);
  assert.equal(await takes(disk, "deploy"), false, "another user's repository");
  const other = join(folder, "other");
  await mkdir(other);
  await writeFile(join(other, ".profile"), "");
  assert.equal(await takes(other), false);
  await chmod(other, 0o755);
  assert.equal(await takes(join(other, ".profile")), false, "a file");
});
