import { globSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";

/** `from "x"` of imports and exports, types included, `import "x"` and `import("x")`. */
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;

/** The specifiers that a module imports, also those of types only. */
export function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].flatMap(([, specifier]) => specifier ?? []);
}

/** Reads which file of the repository imports which others. */
export function readImports(root: string): Map<string, string[]> {
  const names = globSync("{services,packages,deploy,infra-tests,examples,docs}/**/*.ts", {
    cwd: root,
    exclude: (name) => name.endsWith("node_modules"),
  });
  const files = new Set(names);
  const packages = readPackages(root);
  const resolve = (from: string, specifier: string) =>
    specifier.startsWith(".")
      ? posix.join(posix.dirname(from), specifier)
      : packages.get(specifier);
  return new Map(
    names.map((name) => {
      const targets = importsOf(readFileSync(`${root}/${name}`, "utf8")).map((specifier) =>
        resolve(name, specifier),
      );
      return [name, targets.filter((target) => target !== undefined && files.has(target))];
    }) as [string, string[]][],
  );
}

/** The file of each specifier that the repository's own packages export. */
function readPackages(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of globSync("packages/*/package.json", { cwd: root })) {
    const { name, exports } = JSON.parse(readFileSync(`${root}/${file}`, "utf8"));
    const table: Record<string, string> = typeof exports === "string" ? { ".": exports } : exports;
    for (const [path, target] of Object.entries(table ?? {})) {
      found.set(posix.join(name, path), posix.join(dirname(file), target));
    }
  }
  return found;
}

/**
 * Finds the files that import each other, directly or through others (Tarjan's algorithm).
 * @returns the files of each circle, sorted
 */
export function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): number => {
    const own = index.size;
    let low = own;
    index.set(file, own);
    lowest.set(file, own);
    stack.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!index.has(target)) low = Math.min(low, visit(target));
      else if (stack.includes(target)) low = Math.min(low, lowest.get(target) ?? low);
    }
    lowest.set(file, low);
    if (low < own) return low;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || imports.get(file)?.includes(file)) circles.push(circle.sort());
    return low;
  };
  for (const file of imports.keys()) if (!index.has(file)) visit(file);
  return circles;
}
