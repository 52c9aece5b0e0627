import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CommandError, defineCommand } from "./command.ts";
import { missingMigration } from "./missing-migration.ts";

const APPLICATION = join(import.meta.dirname, "..");

export const makemigrationsCommand = defineCommand({
  summary:
    "writes the migration for what changed in models/; --check only says whether it is there",
  usage: "[--check] [--name WORDS]",
  options: { check: { type: "boolean" }, name: { type: "string" } },
  run: ({ options }) => (options.check ? check() : write(options.name)),
});

/** @throws CommandError (1) with the statements that no migration holds */
async function check(): Promise<string> {
  const statements = await missingMigration();
  if (statements.length === 0) return "every change of models/ has its migration";
  throw new CommandError(
    `models/ has changes without a migration: run manage makemigrations\n${statements.join("\n")}`,
  );
}

/** drizzle-kit asks on the terminal where a change may be a new column or a renamed one. */
async function write(name: string | undefined): Promise<string> {
  const kit = createRequire(import.meta.url).resolve("drizzle-kit/package.json");
  const words = name === undefined ? [] : ["--name", name.trim().replaceAll(/\W+/g, "-")];
  const child = spawn(process.execPath, [join(dirname(kit), "bin.cjs"), "generate", ...words], {
    cwd: APPLICATION,
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new CommandError("drizzle-kit failed: see the lines above");
  return "done; read the new file in migrations/ before you commit it";
}
