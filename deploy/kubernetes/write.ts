import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the files lie that are made. */
const FOLDER = import.meta.dirname;

/** What is made here, and nothing else is: the rest of the folder makes it. */
const MADE = ["base/**", "components/**", "overlays/{local,production}/**", "REPORT.md"];

/** The files that are not as they should be: changed, missing, or too many. */
export function stale(files: ReadonlyMap<string, string>): string[] {
  const there = globSync(MADE, { cwd: FOLDER, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length + 1));
  const differ = [...files].filter(
    ([path, text]) => !there.includes(path) || readFileSync(join(FOLDER, path), "utf8") !== text,
  );
  return [...differ.map(([path]) => path), ...there.filter((path) => !files.has(path))].sort();
}

/** Writes what changed. @returns the paths */
export function write(files: ReadonlyMap<string, string>): string[] {
  const paths = stale(files);
  for (const path of paths) {
    const text = files.get(path);
    const file = join(FOLDER, path);
    if (text === undefined) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  return paths;
}
