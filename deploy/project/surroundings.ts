import { existsSync, readFileSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { matchesGlob, normalize } from "node:path/posix";
import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { USAGE_EXIT_CODE } from "./name.ts";

/** Refuses a folder that npm would take for a workspace of a larger project. @throws Problem */
export function requireNoWorkspace(folder: string): void {
  const target = resolve(folder);
  for (let above = dirname(target); ; above = dirname(above)) {
    const path = relative(above, target);
    if (workspacesOf(above).some((glob) => matchesGlob(path, normalize(glob).replace(/\/$/, "")))) {
      throw new Problem(
        `DIR=${folder} would be a workspace of ${join(above, "package.json")}, and npm would install it there: ` +
          'name a folder that its "workspaces" do not match',
        USAGE_EXIT_CODE,
      );
    }
    if (above === dirname(above)) return;
  }
}

/** The globs of a package.json, if there is one that can be read. */
function workspacesOf(folder: string): string[] {
  try {
    const { workspaces } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const globs: unknown = workspaces?.packages ?? workspaces;
    return Array.isArray(globs) ? globs.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** The repository that a new folder is going to be a part of; undefined for none, and where that one ignores it. */
export async function repositoryAround(folder: string): Promise<string | undefined> {
  // git finds no way through a symbolic link.
  const target = await realpath(folder).catch(() => resolve(folder));
  const cwd = existingAbove(target);
  const { code, stdout } = await run("git", ["rev-parse", "--show-toplevel"], { cwd });
  if (code !== 0) return undefined;
  // A pattern of a folder, `shop/`, matches one that does not exist yet by the slash alone.
  const ignored = await run("git", ["check-ignore", "--quiet", `${target}/`], { cwd });
  return ignored.code === 0 ? undefined : stdout.replace(/\n$/, "");
}

/** The nearest folder above a path that exists. */
export function existingAbove(path: string): string {
  const above = dirname(path);
  return existsSync(above) ? above : existingAbove(above);
}
