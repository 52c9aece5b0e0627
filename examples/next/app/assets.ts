import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";

const { ASSETS_DIRECTORY = "/srv/assets" } = process.env;

/** The scripts and styles, which the build has named by their content. `next dev` sends its own. */
const FOLDER = join(import.meta.dirname, ".next/static");

/** Adds the files to what the web server serves. Those of earlier releases stay: open pages still need them. */
export function collectStatic(): void {
  if (!existsSync(FOLDER)) return;
  cpSync(FOLDER, join(ASSETS_DIRECTORY, "_next/static"), { recursive: true });
}
