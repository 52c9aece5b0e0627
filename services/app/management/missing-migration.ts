import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const APPLICATION = join(import.meta.dirname, "..");
const META = join(APPLICATION, "migrations/meta");

/** The statements that models/ needs and no migration has; none where all is migrated. */
export async function missingMigration(): Promise<string[]> {
  const { generateDrizzleJson, generateMigration } = await import("drizzle-kit/api");
  return await generateMigration(lastSnapshot(), generateDrizzleJson(await schema()));
}

type Snapshot = Parameters<typeof import("drizzle-kit/api").generateMigration>[0];

/** The schema after the newest migration, as drizzle-kit wrote it down. */
function lastSnapshot(): Snapshot {
  const { entries }: { entries: readonly { readonly idx: number }[] } = read("_journal.json");
  const newest = Math.max(...entries.map(({ idx }) => idx));
  return read(`${String(newest).padStart(4, "0")}_snapshot.json`);
}

const read = (name: string) => JSON.parse(readFileSync(join(META, name), "utf8"));

/** Everything that the modules of drizzle.config.ts export. */
async function schema(): Promise<Record<string, unknown>> {
  const { default: config } = await import("../drizzle.config.ts");
  const patterns = "schema" in config && config.schema ? [config.schema].flat() : [];
  const modules: Record<string, unknown> = {};
  for (const file of globSync(patterns, { cwd: APPLICATION })) {
    Object.assign(modules, await import(pathToFileURL(join(APPLICATION, file)).href));
  }
  return modules;
}
