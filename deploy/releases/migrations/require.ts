import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../command.ts";
import { Problem } from "../../problem.ts";
import type { Stack } from "../../stack/compose.ts";
import { breaksIn } from "./breaks.ts";

const LIST = `
  const { readdirSync } = require("node:fs");
  try { console.log(readdirSync(process.argv[1], { recursive: true }).join("\\n")); } catch {}
`;

/**
 * Reads the migrations that the release that runs does not have, and refuses those that it could not live
 * with. CONTRACT=1 allows them.
 * @returns a sentence that says what was found
 * @throws Problem with each of them, its file and line
 */
export async function requireExpansion({ clone, settings }: Stack): Promise<string> {
  const folder = settings.migrations;
  const files = (await readdir(join(clone.root, folder), { recursive: true }).catch(() => []))
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const known = await filesIn(`${settings.project}/${settings.releaseApp}`, folder);
  // Without a release that is known there is nothing to compare with.
  const fresh = known === undefined ? [] : files.filter((name) => !known.has(name));
  const found: string[] = [];
  for (const name of fresh) {
    const sql = await readFile(join(clone.root, folder, name), "utf8");
    for (const { line, why } of breaksIn(sql)) found.push(`${folder}/${name}:${line}: ${why}`);
  }
  const count = `${fresh.length} new`;
  if (found.length === 0 || process.env.CONTRACT === "1") return count;
  throw new Problem(
    `${found.join("\n")}\nthe release that runs serves on while this one migrates: deploy what no longer ` +
      "needs it first, then this with CONTRACT=1 (docs/deploys.md, Migrations)",
  );
}

/** The files of a folder in an image; undefined if the engine has no such image. */
export async function filesIn(image: string, folder: string): Promise<Set<string> | undefined> {
  const box = ["--rm", "--network", "none", "--read-only", "--cap-drop", "ALL"];
  const { code, stdout } = await run("docker", [
    ...["run", ...box, "--pull", "never", image, "node", "-e", LIST, folder],
  ]);
  return code === 0 ? new Set(stdout.split("\n").filter(Boolean)) : undefined;
}
