import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { Problem } from "../../problem.ts";
import { USAGE_EXIT_CODE } from "../name.ts";
import { PATH_FOR_COPY, statForCopy } from "./path-for-copy.ts";

/** What of pnpm's settings is read; they are in a file of its own, or in package.json. */
export interface PnpmSettings {
  readonly packages?: unknown;
  /** Files, by the packages that they change. */
  readonly patchedDependencies?: Readonly<Record<string, unknown>>;
}

/** The settings in a pnpm-workspace.yaml. @throws Problem if it cannot be read */
export function pnpmSettingsIn(file: string): PnpmSettings {
  if (!existsSync(file)) return {};
  try {
    return parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${(error as Error).message}`, USAGE_EXIT_CODE);
  }
}

/** Whether there are packages of other folders. */
export function namesPackages({ packages = [] }: PnpmSettings): boolean {
  return !Array.isArray(packages) || packages.some((each) => each !== ".");
}

/** The patches that pnpm needs to install: paths in the folder. @throws Problem for one that an image cannot have */
export function patchesIn(folder: string, { patchedDependencies = {} }: PnpmSettings): string[] {
  return Object.entries(patchedDependencies).map(([name, file]) => {
    const path = String(file);
    if (statForCopy(folder, path)?.isFile() === true) return path;
    throw new Problem(
      `the patch of ${name}, ${path}: expected a file in ${folder}, ${PATH_FOR_COPY}`,
      USAGE_EXIT_CODE,
    );
  });
}
