import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import { type Interruption, stoppable } from "../interruption.ts";
import { buildPackages } from "../packaging/build.ts";
import { LeftBehind, Problem } from "../problem.ts";
import { Journal } from "../project/journal.ts";
import { USAGE_EXIT_CODE } from "../project/name.ts";
import { Stages } from "../stages.ts";
import { released } from "./changelog.ts";
import { manifestsWith } from "./manifests.ts";
import { compareVersions, isPreRelease, isVersion } from "./number.ts";

/** Where the files of versions are kept, in the clone that made them. */
const FOLDER = ".cache/versions";

/** Proves a commit. @throws Problem if it is not good enough */
type Tests = (root: string) => Promise<void>;

/**
 * `make version VERSION=1.0.0`: a version of Gatehouse. Proves the commit that is checked out, gives the version to
 * packages, template and changelog, packs, commits and tags. Nothing is published. If it fails or is stopped, nothing
 * has changed.
 * @param tests what a version must pass
 * @param today the date of the changelog
 * @returns what is left to do
 * @throws Problem
 */
export async function makeVersion(
  root: string,
  version: string,
  tests: Tests,
  today = new Date().toISOString().slice(0, 10),
): Promise<string> {
  await requireVersion(root, version);
  await requireClean(root);
  const { changelog, notes } = released(
    readFileSync(join(root, "CHANGELOG.md"), "utf8"),
    version,
    today,
  );
  const stages = new Stages(3);
  const target = join(root, FOLDER, version);
  const tarballs: string[] = [];
  await stoppable("nothing has changed", async (interruption) => {
    await stages.run("tests", async () => {
      await tests(root);
      return "passed";
    });
    await requireClean(root);
    const journal = new Journal();
    try {
      for (const [file, text] of [
        ...manifestsWith(root, version),
        ["CHANGELOG.md", changelog] as const,
      ]) {
        await journal.write(join(root, file), text);
      }
      await stages.run("packages, list of parts, notes", async () => {
        tarballs.push(...(await pack(root, version, target, notes)));
        return `${tarballs.length} packages`;
      });
      interruption.check();
      await stages.run("commit and tag", () => commit(root, version, notes, interruption));
    } catch (error) {
      await journal.undo(error);
      await rm(target, { recursive: true, force: true });
      throw error;
    }
  });
  // npm wants a tag for a pre-release.
  const tag = isPreRelease(version) ? "--tag next " : "";
  return `
Version ${version} is committed, and tagged v${version}. Its files are in ${target}.

  git push --follow-tags
${tarballs.map((tarball) => `  npm publish ${tag}${FOLDER}/${version}/${tarball}\n`).join("")}  # from your own machine, which npm takes no provenance of: with --provenance=false
  # and a page of the version with notes.md, sbom.cdx.json and SHA256SUMS
`;
}

async function requireVersion(root: string, version: string): Promise<void> {
  if (!isVersion(version)) {
    throw new Problem(`VERSION=${version}: expected one like 1.2.3 or 1.2.3-rc.1`, USAGE_EXIT_CODE);
  }
  const { version: current } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (compareVersions(version, current) <= 0) {
    throw new Problem(`VERSION=${version}: it must come after ${current}`, USAGE_EXIT_CODE);
  }
  if ((await git(root, "tag", "--list", `v${version}`)) !== "") {
    throw new Problem(`VERSION=${version}: there is a tag v${version} already`, USAGE_EXIT_CODE);
  }
}

async function requireClean(root: string): Promise<void> {
  const changes = await git(root, "status", "--porcelain");
  if (changes === "") return;
  throw new Problem(`a version is made of a commit, and these differ from it:\n${changes}`);
}

/** Writes everything of a version that is published. @returns the names of the packages' files */
async function pack(
  root: string,
  version: string,
  target: string,
  notes: string,
): Promise<readonly string[]> {
  const making = `${target}.new`;
  await rm(making, { recursive: true, force: true });
  await rm(target, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  const { folder, tarballs } = await buildPackages(root, version);
  for (const tarball of tarballs) await copyFile(join(folder, tarball), join(making, tarball));
  await writeFile(join(making, "notes.md"), notes);
  const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only", "--omit=dev"];
  const { code, stdout, output } = await run("npm", args, { cwd: root });
  if (code !== 0) throw new Problem(`npm sbom failed:\n${output.trim()}`);
  await writeFile(join(making, "sbom.cdx.json"), stdout);
  const files = [...tarballs, "notes.md", "sbom.cdx.json"];
  const sums = await Promise.all(
    files.map(async (file) => {
      const hash = createHash("sha256").update(await readFile(join(making, file)));
      return `${hash.digest("hex")}  ${file}\n`;
    }),
  );
  await writeFile(join(making, "SHA256SUMS"), sums.join(""));
  await rename(making, target);
  return tarballs;
}

/**
 * Commits and tags; without a tag there is no commit either.
 * @throws LeftBehind if git cannot take back what it did
 */
async function commit(
  root: string,
  version: string,
  notes: string,
  interruption: Interruption,
): Promise<string> {
  const before = await git(root, "rev-parse", "HEAD");
  // All or nothing.
  await git(root, "add", "--update");
  try {
    await git(root, "commit", "--quiet", "--message", `version: ${version}`);
    interruption.check();
    // As it is: git would take the headings of the notes for remarks of its own.
    const message = `Gatehouse ${version}\n\n${notes}`;
    await git(root, "tag", "--annotate", "--cleanup=verbatim", `v${version}`, "--message", message);
  } catch (error) {
    await git(root, "reset", "--quiet", before).catch(({ message }) => {
      throw new LeftBehind(
        error,
        `the commit and the index, which "git reset ${before}" does once it can (${message})`,
      );
    });
    throw error;
  }
  return `v${version}`;
}

async function git(root: string, ...args: string[]): Promise<string> {
  const { code, stdout, output } = await run("git", args, { cwd: root });
  if (code !== 0) throw new Problem(`git ${args[0]} failed: ${output.trim()}`);
  return stdout.trim();
}
