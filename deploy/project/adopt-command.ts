import { lstatSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Interruption, stoppable } from "../interruption.ts";
import { layout } from "../layout.ts";
import { buildPackages } from "../packaging/build.ts";
import type { Packages } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { shown } from "../servers/shell.ts";
import { Stages } from "../stages.ts";
import { type Shape, shapeOf } from "./adopted/shape.ts";
import { toDos } from "./adopted/to-do.ts";
import { LOCK, lock, VENDOR } from "./create.ts";
import { withReason } from "./disk.ts";
import { Journal } from "./journal.ts";
import { requireNoLinks } from "./links.ts";
import { nameFrom, requireName, USAGE_EXIT_CODE } from "./name.ts";
import { Templates } from "./newer.ts";
import { ORIGIN_FILE, readOrigin } from "./origin.ts";
import { type Files, filesOf } from "./starter.ts";

/** The folder in an adopted application; nothing is written outside it. */
export const FOLDER = "gatehouse";

/** What the operator asked for: text as written, "" for nothing. */
export interface WantedAdoption {
  readonly dir: string;
  readonly name: string;
  readonly entry: string;
}

/**
 * `make adopt DIR=../shop`: the chain for a Node application that is there already. Writes what is missing in one
 * folder of it, and nothing else.
 * @returns what was written, and what is left to do
 * @throws Problem
 */
export async function adoptProject({ dir, name, entry }: WantedAdoption): Promise<string> {
  if (dir === "") throw new Problem("DIR= is missing: make adopt DIR=../shop", USAGE_EXIT_CODE);
  const shape = shapeOf(resolve(dir), entry);
  const chosen = name || nameFrom(shape.manifest.name ?? basename(resolve(dir)));
  requireName(chosen);
  const target = join(resolve(dir), FOLDER);
  requireOurs(target, dir);
  const stages = new Stages();
  const made = await stoppable("nothing was written", async (interruption) => {
    const done: { packages?: Packages; written?: Written } = {};
    await stages.run("packages", async () => {
      done.packages = await buildPackages(layout.root);
      return done.packages.version;
    });
    await stages.run(shape.words, async () => {
      const { packages } = done;
      if (packages === undefined) throw new Error("a stage that passes has packages");
      await using templates = await Templates.of(packages);
      const folders = [templates.folder];
      done.written = await adopt(target, folders, packages, chosen, shape, interruption);
      return `${done.written.written.length} files`;
    });
    return done.written;
  });
  if (made === undefined) throw new Error("a stage that passes has written");
  return report(dir, chosen, shape, made);
}

/** The paths of files in the folder: those that were written, and those that were there and are left alone. */
export interface Written {
  readonly written: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Writes the folder of an adopted application, with a lock file. Either all of it is there afterwards, or nothing. A
 * file that is there already stays as it is. What says that the application was adopted is written last: where this
 * process was killed before, the same command goes on.
 * @throws Problem
 */
export async function adopt(
  target: string,
  templates: readonly string[],
  packages: Packages,
  name: string,
  { kind, answers }: Shape,
  interruption?: Interruption,
  journal = new Journal(),
): Promise<Written> {
  const origin = { version: packages.version, name, app: kind, adopted: answers };
  const files = filesOf(templates, origin);
  try {
    const kept = keptIn(target, files);
    const written = [...files.keys(), LOCK].filter((path) => !kept.includes(path));
    for (const [path, text] of files) {
      if (!kept.includes(path) && path !== ORIGIN_FILE)
        await journal.write(join(target, path), text);
    }
    for (const tarball of packages.tarballs) {
      await journal.copy(join(packages.folder, tarball), join(target, VENDOR, tarball));
    }
    await journal.remember(join(target, LOCK));
    await lock(target);
    interruption?.check();
    await journal.write(join(target, ORIGIN_FILE), files.get(ORIGIN_FILE) ?? "");
    return { written: written.sort(), kept };
  } catch (error) {
    await journal.undo(error);
    throw withReason(error);
  }
}

/** The paths of files that are the owner's: their text is another one. @throws Problem if nothing can work beside them */
function keptIn(target: string, files: Files): string[] {
  const folders = [...files.keys()].map((path) => dirname(path));
  requireNoLinks(target, [...folders, VENDOR, LOCK]);
  // One with the same text is of a run that was killed.
  const isOwners = ([path, text]: [string, string]): boolean => {
    const before = lstatSync(join(target, path), { throwIfNoEntry: false });
    if (before === undefined) return false;
    return !before.isFile() || readFileSync(join(target, path), "utf8") !== text;
  };
  const kept = [...files].filter(isOwners).map(([path]) => path);
  if (!kept.includes("package.json")) return kept;
  throw new Problem(
    `${target}/package.json is there already and is not that of the chain: move it, or remove ${target} ` +
      "if it is left of another version's make adopt",
    USAGE_EXIT_CODE,
  );
}

/** A folder of that name may be the application's own, and one that was adopted already has an update. */
function requireOurs(target: string, dir: string): void {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw new Problem(`${target} is no folder: the chain needs one of this name`, USAGE_EXIT_CODE);
  }
  const version = readOrigin(target)?.version;
  if (version === undefined) return;
  throw new Problem(
    `${dir} was adopted already, with version ${version}: cd ${shown(join(dir, FOLDER))} && make update`,
    USAGE_EXIT_CODE,
  );
}

function report(dir: string, name: string, shape: Shape, { written, kept }: Written): string {
  const folder = join(dir, FOLDER);
  const scripts = [
    `its packages by ${shape.answers.manager}`,
    ...(shape.answers.build === "" ? [] : [`its build by npm run ${shape.answers.build}`]),
  ];
  const left =
    kept.length === 0 ? "" : `\nWere there, and are left as they are: ${kept.join(", ")}.\n`;
  const lines = [
    ...toDos(resolve(dir), shape),
    `git: add ${FOLDER}/, and commit it: nothing is committed yet`,
  ];
  return `
${name}: ${shape.words}, ${scripts.join(", ")}.
Written, all in ${folder}: ${written.join(", ")}, and the packages in ${VENDOR}/.
${left}
For you to do, or to look at:
${lines.map((line) => `  - ${line}\n`).join("")}
  cd ${shown(folder)}
  make up      # the site on http://127.0.0.1:8080/ and https://127.0.0.1:8443/
`;
}
