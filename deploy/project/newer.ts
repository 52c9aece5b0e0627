import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "../command.ts";
import type { Packages } from "../packaging/tarball.ts";
import { Problem } from "../problem.ts";
import { USAGE_EXIT_CODE } from "./name.ts";

const DEPLOY = /^gatehouse-deploy-(?<version>.+)\.tgz$/;

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
    // Its last words: "9 packages of version 1.2.3 in /folder".
    return packagesIn(stdout.trim().split(" in ").at(-1) ?? "");
  }
  return packagesIn(folder);
}

/** The packages in a folder with tarballs of one version. @throws Problem if there are none */
export async function packagesIn(folder: string): Promise<Packages> {
  const files = existsSync(folder) ? (await readdir(folder)).sort() : [];
  const tarballs = files.filter((name) => name.endsWith(".tgz"));
  const version = tarballs.map((name) => DEPLOY.exec(name)?.groups?.version).find(Boolean);
  if (version === undefined) {
    throw new Problem(
      `${folder} has no packages of Gatehouse: name the folder of its repository, or one with its tarballs`,
      USAGE_EXIT_CODE,
    );
  }
  return { version, folder, tarballs };
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
