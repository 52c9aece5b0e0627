import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as schema from "../models/schema.ts";
import { CommandError, defineCommand } from "./command.ts";

const APPLICATION = join(import.meta.dirname, "..");
const META = join(APPLICATION, "migrations/meta");

export const makemigrationsCommand = defineCommand({
  summary: "writes the migration of the changes in models/; --check only reports them",
  usage: "[--check] [--name WORDS]",
  options: { check: { type: "boolean" }, name: { type: "string" } },
  run: ({ options }) => (options.check ? check() : write(options.name)),
});

/** @throws CommandError (1) with the missing statements */
async function check(): Promise<string> {
  const statements = await missingMigration();
  if (statements.length === 0) return "every change in models/ has a migration";
  throw new CommandError(
    `models/ has changes without a migration: run manage makemigrations\n${statements.join("\n")}`,
  );
}

/** drizzle-kit prompts on the terminal if a column may be new or renamed. */
async function write(name: string | undefined): Promise<string> {
  // The package exports neither its command nor its package.json.
  const kit = createRequire(import.meta.url).resolve("drizzle-kit");
  const words = name === undefined ? [] : ["--name", name.trim().replaceAll(/\W+/g, "-")];
  const child = spawn(process.execPath, [join(dirname(kit), "bin.cjs"), "generate", ...words], {
    cwd: APPLICATION,
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new CommandError("drizzle-kit failed: see its output above");
  return "done; review the new file in migrations/ before you commit it";
}

/** The statements for changes in models/ that no migration has. */
export async function missingMigration(): Promise<string[]> {
  const { generateDrizzleJson, generateMigration } = await import("drizzle-kit/api");
  const newest = globSync("*_snapshot.json", { cwd: META }).sort().at(-1) ?? "";
  const snapshot = JSON.parse(readFileSync(join(META, newest), "utf8"));
  return await generateMigration(snapshot, generateDrizzleJson(schema));
}
