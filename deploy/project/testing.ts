import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { type Packages, tarballOf } from "../packaging/tarball.ts";
import { temporaryFolder } from "../testing.ts";
import { copyPackages, lock, writeFiles } from "./create.ts";
import { filesOf } from "./starter.ts";

/** Whether a starter has a build, for which it needs packages that this repository does not have. */
export function isBuilt(app: string): boolean {
  const files = filesOf(layout.templates, { version: "0.0.0", name: "shop", app });
  const manifest = JSON.parse(files.get("app/package.json") ?? "{}");
  return Object.hasOwn(manifest.scripts ?? {}, "build");
}

/**
 * A new project as `npm ci` leaves it, but with the packages of this clone, so that no registry is needed. One that is
 * built gets its own.
 */
export async function installedProject(
  t: Parameters<typeof temporaryFolder>[0],
  app: string,
  packages: Packages,
): Promise<string> {
  const root = await temporaryFolder(t);
  // As root, Postgres runs as another user, who must be able to enter.
  await chmod(root, 0o755);
  await writeFiles(
    root,
    filesOf(layout.templates, { version: packages.version, name: "shop", app }),
  );
  await copyPackages(root, packages);
  if (isBuilt(app)) {
    await lock(root);
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output } = await run("npm", args, { cwd: root });
    if (code !== 0) throw new Error(output);
  } else await installPackages(root, packages);
  return root;
}

/** Gives a project the packages of this clone; ours are those of the tarballs. */
export async function installPackages(root: string, packages: Packages): Promise<void> {
  const [from, to] = [join(openClone().root, "node_modules"), join(root, "node_modules")];
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name !== "@gatehouse") await symlink(join(from, name), join(to, name));
  }
  for (const tarball of packages.tarballs) {
    const [, name = ""] = /^gatehouse-([a-z]+)-/.exec(tarball) ?? [];
    const folder = join(to, "@gatehouse", name);
    await mkdir(folder, { recursive: true });
    const args = ["-xzf", join(packages.folder, tarball), "-C", folder, "--strip-components=1"];
    const { code, output } = await run("tar", args);
    if (code !== 0) throw new Error(output);
  }
}

/**
 * A tarball of @gatehouse/deploy with nothing in it but templates.
 * @param folder gets it
 * @param templates the files, by their path below `templates/`
 * @param more is called with the folder of the templates before they are packed
 */
export async function fakePackages(
  folder: string,
  version: string,
  templates: Readonly<Record<string, string>>,
  more: (templates: string) => Promise<void> = async () => {},
): Promise<Packages> {
  const work = await mkdtemp(join(tmpdir(), "gatehouse-fake-"));
  try {
    const root = join(work, "package/templates");
    await mkdir(root, { recursive: true });
    await writeFiles(root, new Map(Object.entries(templates)));
    await more(root);
    const tarball = tarballOf("@gatehouse/deploy", version);
    const { code, output } = await run("tar", [
      "-czf",
      join(folder, tarball),
      "-C",
      work,
      "package",
    ]);
    if (code !== 0) throw new Error(output);
    return { version, folder, tarballs: [tarball] };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
