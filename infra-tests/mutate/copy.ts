import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readlink, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A copy of the checkout that may be changed; it is removed when it is disposed of. */
export interface Copy extends AsyncDisposable {
  readonly folder: string;
}

/**
 * Copies all files that git knows. The packages of the workspace must be those of the copy: through
 * links to the original the tests would run unchanged code.
 */
export async function copyCheckout(root: string): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-mutate-"));
  const listed = execFileSync("git", ["ls-files", "-z", "--cached"], { cwd: root });
  for (const file of listed.toString().split("\0").filter(Boolean)) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await cp(join(root, file), join(folder, file), { verbatimSymlinks: true });
  }
  await linkPackages(join(root, "node_modules"), join(folder, "node_modules"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function linkPackages(from: string, to: string): Promise<void> {
  const own = "@gatehouse";
  await mkdir(join(to, own), { recursive: true });
  for (const name of await readdir(from)) {
    if (name !== own && name !== ".cache") await symlink(join(from, name), join(to, name));
  }
  // These links are relative: they lead to the folders beside them.
  for (const name of await readdir(join(from, own))) {
    await symlink(await readlink(join(from, own, name)), join(to, own, name));
  }
}
