import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { type Interruption, stoppable } from "../interruption.ts";
import type { Packages } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { compareVersions, versionBefore } from "../versions/number.ts";
import { LOCK, lock, VENDOR } from "./create.ts";
import { withReason } from "./disk.ts";
import { Journal } from "./journal.ts";
import { requireNoLinks } from "./links.ts";
import { type Change, markUnmerged, mergeFiles } from "./merge.ts";
import { USAGE_EXIT_CODE } from "./name.ts";
import { packagesFrom, packagesIn, Templates } from "./newer.ts";
import { ORIGIN_FILE, type Origin, readOrigin } from "./origin.ts";
import { filesOf } from "./starter.ts";

/** Which files have another path in this version than in an earlier one. */
const RENAMES = "renames.json";

/** What an update has done, in words, and whether there are conflicts. */
export interface Updated {
  readonly report: string;
  readonly conflicts: number;
}

/**
 * `make update FROM=path`: takes over a newer Gatehouse in a project of one's own: its packages, and what has
 * changed in the files that the project was made from. Everything is in the working tree afterwards, nothing
 * is committed. If it fails, or a signal stops it, the project is as it was.
 * @throws Problem
 */
export async function updateProject(from: string, root = openClone().root): Promise<Updated> {
  const origin = readOrigin(root);
  if (origin === undefined) {
    throw new Problem(
      `${root} was not made by make new: it has no .gatehouse.json`,
      USAGE_EXIT_CODE,
    );
  }
  if (from === "") {
    throw new Problem("FROM= is missing: make update FROM=../gatehouse", USAGE_EXIT_CODE);
  }
  await requireClean(root);
  requireNoLinks(root, [ORIGIN_FILE, LOCK, VENDOR]);
  const old = await packagesIn(join(root, VENDOR), origin.version).catch(() => {
    throw new Problem(
      `${VENDOR}/ does not have the packages of version ${origin.version}, which ${ORIGIN_FILE} names: ` +
        "bring both back to one version with git",
    );
  });
  return await stoppable(AS_IT_WAS, async (interruption) => {
    const packages = await packagesFrom(from);
    if (packages.version === old.version) {
      return { report: `this project has version ${old.version} already\n`, conflicts: 0 };
    }
    requireLater(packages.version, old.version);
    const changes = await takeOver(root, origin, old, packages, interruption);
    return report(old.version, packages.version, changes);
  });
}

/** @throws Problem for an older Gatehouse: git brings that back whole, and a merge would not */
function requireLater(version: string, before: string): void {
  if (compareVersions(versionBefore(version), versionBefore(before)) >= 0) return;
  throw new Problem(
    `FROM= has version ${version}, which comes before ${before} of this project: ` +
      "go back to it with git, or name a newer Gatehouse",
    USAGE_EXIT_CODE,
  );
}

const AS_IT_WAS = "the project is as it was";

async function takeOver(
  root: string,
  origin: Origin,
  old: Packages,
  packages: Packages,
  interruption: Interruption,
): Promise<Change[]> {
  await using before = await Templates.of(old);
  await using now = await Templates.of(packages);
  const base = filesOf([before.folder], origin);
  const theirs = filesOf([now.folder], { ...origin, version: packages.version });
  const journal = new Journal();
  try {
    const changes = await mergeFiles(root, journal, base, theirs, renamesOf(now.folder));
    for (const name of packages.tarballs) {
      await journal.copy(join(packages.folder, name), join(root, VENDOR, name));
    }
    for (const name of old.tarballs) await journal.remove(join(root, VENDOR, name));
    await journal.remember(join(root, LOCK));
    await lock(root);
    interruption.check();
    await markUnmerged(root, changes);
    return changes;
  } catch (error) {
    await journal.undo(error);
    const reason = withReason(error);
    if (!(reason instanceof Problem)) throw reason;
    throw new Problem(`${reason.message}\n${AS_IT_WAS}`, reason.exitCode);
  }
}

/** Of the project alone: it may be a folder of a larger repository. */
const STATUS = ["status", "--porcelain", "--", "."];

async function requireClean(root: string): Promise<void> {
  const { code, stdout, stderr } = await run("git", STATUS, { cwd: root });
  if (code !== 0) throw new Problem(`git cannot list the changes: ${stderr.trim()}`);
  if (stdout === "") return;
  throw new Problem(
    "there are changes that are not committed: commit them first, so that git can show what the update does",
  );
}

function renamesOf(templates: string): Record<string, string> {
  const file = join(templates, RENAMES);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

function report(old: string, version: string, changes: readonly Change[]): Updated {
  const conflicts = changes.filter(({ conflict }) => conflict).length;
  const lines = changes.map(
    ({ path, done, conflict }) => `${conflict ? "! " : "  "}${path}: ${done}\n`,
  );
  const end =
    conflicts === 0
      ? "git diff shows it; make test proves it; then commit it\n"
      : `${conflicts} to look at (!): git status names the conflicts; correct them, git add them, make test\n`;
  return { report: `from ${old} to ${version}\n${lines.join("")}${end}`, conflicts };
}
