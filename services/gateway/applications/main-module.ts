import { Module } from "node:module";

/** As Node has it on its prototype, without a word in its documentation. */
interface Loader {
  load(this: object, file: string): unknown;
}

/**
 * Gives the main module, where it is one of CommonJS, `null` as its parent, which a guard may look
 * for. It is undefined in a process that preloads something: Node loads the main module by its other
 * loader there.
 */
export function giveMainNoParent(): void {
  const { prototype: loader } = Module as unknown as { prototype: Loader };
  const { load } = loader;
  const first = function first(this: object, file: string): unknown {
    if (this === process.mainModule) {
      Object.defineProperty(this, "parent", { value: null, writable: true, configurable: true });
      if (loader.load === first) loader.load = load;
    }
    return Reflect.apply(load, this, [file]);
  };
  loader.load = first;
}
