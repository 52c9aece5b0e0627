import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../command.ts";
import { type Packages, tarballOf } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { USAGE_EXIT_CODE } from "./name.ts";

const DEPLOY = /^gatehouse-deploy-(?<version>.+)\.tgz$/;
/** The last words of deploy/packages.ts: "9 packages of version 1.2.3 in /folder". */
const BUILT = /^\d+ packages of version (?<version>\S+) in (?<folder>.+)$/m;

/**
 * The packages of a Gatehouse: of its repository, which builds them, or of a folder with the tarballs.
 * @throws Problem
 */
export async function packagesFrom(from: string): Promise<Packages> {
  const folder = resolve(from);
  if (existsSync(join(folder, "deploy/packages.ts"))) {
    const args = ["deploy/packages.ts"];
    const { code, stdout, output } = await run(process.execPath, args, { cwd: folder });
    if (code !== 0) {
      throw new Problem(
        `the packages of ${from} cannot be built: ${output.trim()}; run npm ci there first`,
      );
    }
    const { folder: built = "", version } = BUILT.exec(stdout)?.groups ?? {};
    return packagesIn(built, version);
  }
  return packagesIn(folder);
}

/**
 * The packages in a folder with tarballs. What is not ours in it is left out.
 * @param wanted the version; default: the only one that is there
 * @throws Problem if there are none, or of several versions
 */
export async function packagesIn(folder: string, wanted?: string): Promise<Packages> {
  const files = existsSync(folder) ? (await readdir(folder)).sort() : [];
  const found = files.map((name) => DEPLOY.exec(name)?.groups?.version).filter(isText);
  const [version, ...more] = found.filter((each) => wanted === undefined || each === wanted);
  if (version === undefined) {
    const what = wanted === undefined ? "no packages" : `no version ${wanted}`;
    throw new Problem(
      `${folder} has ${what} of Gatehouse: name the folder of its repository, or one with its tarballs`,
      USAGE_EXIT_CODE,
    );
  }
  if (more.length > 0) {
    throw new Problem(
      `${folder} has packages of several versions (${found.join(", ")}): leave those of one`,
      USAGE_EXIT_CODE,
    );
  }
  const tarballs = files.filter((name) => name === tarballOf(nameIn(name, version), version));
  return { version, folder, tarballs };
}

const isText = (each: string | undefined): each is string => each !== undefined;

/** The package of a tarball of ours; that of another file is no name at all. */
function nameIn(file: string, version: string): string {
  const [, name = ""] = /^gatehouse-([a-z]+)-/.exec(file.slice(0, -version.length)) ?? [];
  return `@gatehouse/${name}`;
}

/** The starters of a version, in a folder that is removed with this. */
export class Templates implements AsyncDisposable {
  readonly folder: string;
  readonly #temporary: string;

  private constructor(temporary: string) {
    this.#temporary = temporary;
    this.folder = join(temporary, "package/templates");
  }

  /** Takes them out of the packages. @throws Problem */
  static async of({ folder, version }: Packages): Promise<Templates> {
    const temporary = await mkdtemp(join(tmpdir(), "gatehouse-templates-"));
    const templates = new Templates(temporary);
    await mkdir(templates.folder, { recursive: true });
    const file = join(folder, `gatehouse-deploy-${version}.tgz`);
    const { code, output } = await run("tar", ["-xzf", file, "-C", temporary, "package/templates"]);
    if (code === 0) return templates;
    await templates[Symbol.asyncDispose]();
    throw new Problem(`${file} cannot be unpacked: ${output.trim()}; bring it back from git`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#temporary, { recursive: true, force: true });
  }
}
