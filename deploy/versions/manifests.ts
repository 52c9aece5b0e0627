import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The parts of a package.json and of a package-lock.json that have a version of ours. */
interface Manifest {
  version?: string;
  readonly workspaces?: readonly string[];
}
interface Lock extends Manifest {
  readonly packages: Record<string, Manifest>;
}

/**
 * The manifests and the lock file of this repository with another version, by their path: all packages have one
 * version, which is also that of the template.
 */
export function manifestsWith(root: string, version: string): Map<string, string> {
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const { workspaces = [] }: Manifest = JSON.parse(read("package.json"));
  const folders = globSync([...workspaces], { cwd: root }).filter((folder) =>
    globSync(`${folder}/package.json`, { cwd: root }).some(Boolean),
  );
  const texts = new Map<string, string>();
  for (const file of ["package.json", ...folders.map((folder) => `${folder}/package.json`)]) {
    texts.set(file, text({ ...JSON.parse(read(file)), version }));
  }
  const lock: Lock = JSON.parse(read("package-lock.json"));
  lock.version = version;
  for (const folder of ["", ...folders]) {
    const entry = lock.packages[folder];
    if (entry !== undefined) entry.version = version;
  }
  return texts.set("package-lock.json", text(lock));
}

const text = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
