import type { Namespace } from "./import-module.ts";

/**
 * What the main module of this process exports: Node has loaded it, or has begun to. One of CommonJS
 * is there already. It is not imported: what a hook of `require` has made of its file, such as
 * ts-node's, only `require` knows, and an `import` would run the module again.
 */
export async function mainModule(url: string): Promise<Namespace> {
  const { mainModule: main } = process;
  if (main === undefined) return import(url);
  const { exports } = main;
  const isPlain = Object.getPrototypeOf(Object(exports)) === Object.prototype;
  return isPlain ? { ...exports, default: exports } : { default: exports };
}
