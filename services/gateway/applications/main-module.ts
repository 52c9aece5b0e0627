import type { Namespace } from "./import-module.ts";

/** A file whose exports Node can name without its `require`: it reads them from the text. */
const PLAIN = /(^|\/)[^./]+$|\.c?js$/;

/**
 * What the main module of this process exports: Node has loaded it, or has begun to. One of CommonJS
 * is there already. What a hook of `require` has made of another kind of file, such as ts-node's, only
 * `require` knows, and an `import` would run the module again.
 */
export async function mainModule(url: string): Promise<Namespace> {
  const { mainModule: main } = process;
  if (main === undefined || PLAIN.test(main.filename)) return import(url);
  const { exports } = main;
  const isPlain = Object.getPrototypeOf(Object(exports)) === Object.prototype;
  return isPlain ? { ...exports, default: exports } : { default: exports };
}
