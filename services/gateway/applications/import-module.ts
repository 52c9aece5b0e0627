import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { LoadFailure, loadFailure } from "./load-failure.ts";

export type Namespace = Readonly<Record<string, unknown>>;

/** @throws LoadFailure that tells why in one line. */
export async function importModule(
  module: string,
  load: (url: string) => Promise<Namespace>,
): Promise<Namespace> {
  const path = resolve(module);
  if (!existsSync(path)) {
    throw new LoadFailure(`${module}: no such file; looked for ${path}`);
  }
  const { href } = pathToFileURL(path);
  try {
    return await load(href);
  } catch (error) {
    throw await loadFailure(module, href, error);
  }
}
