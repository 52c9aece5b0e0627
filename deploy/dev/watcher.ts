import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { layout } from "../layout.ts";

/** The script of the application's package.json that compiles it, and again with each change, as `tsc --watch` does. */
export const WATCH_SCRIPT = "watch";

/** Who watches the sources of the application: the chain itself, the application's compiler, or its framework. */
export type Watcher = "chain" | "compiler" | "framework";

/** As the application's package.json says it. */
export function watcherOf(root: string): Watcher {
  const file = join(root, layout.application, "package.json");
  const manifest = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const { scripts = {}, dependencies = {}, devDependencies = {} } = manifest;
  if (Object.hasOwn(scripts, WATCH_SCRIPT)) return "compiler";
  return Object.hasOwn({ ...dependencies, ...devDependencies }, "next") ? "framework" : "chain";
}
