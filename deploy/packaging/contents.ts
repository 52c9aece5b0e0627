import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { matchesGlob } from "node:path/posix";
import { Problem } from "../problem.ts";
import { entriesOf, type Manifest } from "./manifest.ts";
import {
  declaredBy,
  packagesOf,
  referencesOf,
  withCompiledNames,
  withDeclaredNames,
} from "./modules.ts";
import type { Source } from "./sources.ts";

/** The files of a package, by their path in it. */
export type Contents = Map<string, Buffer | string>;

/**
 * What a package has: the modules that its entries reach, with their declarations, and its other files. Tests and
 * what only they use are reached by nothing.
 * @param root of the repository
 * @param kept the files of the repository that git does not ignore
 * @param compiled the folder with the compiled modules of the whole repository
 * @throws Problem for a module of another package, or a package that the manifest does not name
 */
export function contentsOf(
  { folder, files, others = {} }: Source,
  root: string,
  kept: readonly string[],
  compiled: string,
): Contents {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const contents: Contents = new Map();
  const exists = (path: string): boolean => existsSync(join(compiled, path));
  const programs = Object.values(manifest.bin ?? {}).map((path) => path.replace(/\.ts$/, ".js"));
  const due = entriesOf(manifest).map((entry) => `${folder}/${entry}`);
  for (const path of due) {
    const own = path.slice(folder.length + 1);
    if (contents.has(own)) continue;
    if (!path.startsWith(`${folder}/`)) {
      throw new Problem(`${path} belongs to another package than ${folder}: import it by its name`);
    }
    const text = readFileSync(join(compiled, path), "utf8");
    const declarations = readFileSync(join(compiled, path.replace(/\.js$/, ".d.ts")), "utf8");
    requireNamed(path, text, manifest);
    const names = withCompiledNames(path, text, exists);
    contents.set(own, programs.includes(`./${own}`) ? withInterpreter(names) : names);
    contents.set(own.replace(/\.js$/, ".d.ts"), withDeclaredNames(declarations));
    due.push(...referencesOf(path, text, exists).map(({ target }) => target));
    due.push(...declaredBy(path, declarations).filter(exists));
  }
  const add = (from: string, to: string): void => {
    const file = join(root, from);
    // It would bring what it leads to, from anywhere.
    if (lstatSync(file).isSymbolicLink()) {
      throw new Problem(`${from} is a symbolic link: a package has files alone`);
    }
    contents.set(to, readFileSync(file));
  };
  for (const path of kept) {
    if (path.startsWith(`${folder}/`)) {
      const own = path.slice(folder.length + 1);
      if (files.some((glob) => matchesGlob(own, glob))) add(path, own);
    }
    for (const [from, to] of Object.entries(others)) {
      if (path.startsWith(`${from}/`)) add(path, `${to}${path.slice(from.length)}`);
    }
  }
  add(`${folder}/README.md`, "README.md");
  add("LICENSE", "LICENSE");
  return contents;
}

/** A program that npm links into a folder of programs says what runs it. */
function withInterpreter(text: string): string {
  return text.startsWith("#!") ? text : `#!/usr/bin/env node\n${text}`;
}

function requireNamed(path: string, text: string, manifest: Manifest): void {
  const { name: own, dependencies = {}, optionalDependencies = {} } = manifest;
  const known = { [own]: "", ...dependencies, ...optionalDependencies };
  for (const name of packagesOf(text)) {
    if (Object.hasOwn(known, name) || path.includes("/load/script/")) continue;
    throw new Problem(`${path} imports ${name}: name it in "dependencies" of ${own}`);
  }
}
