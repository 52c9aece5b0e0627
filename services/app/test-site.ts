import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { readSettings } from "@gatehouse/settings";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import type { Logger } from "./context.ts";
import type { Database, DatabaseAccess } from "./models/database.ts";
import { Pool } from "./models/pool.ts";
import { appSettings } from "./settings.ts";
import { createSite, type Site } from "./site.ts";

type Line = Readonly<Record<string, unknown>>;

/** A logger that keeps its lines. */
export function recordingLogger(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const keep =
    (level: string) =>
    (message: string, fields: Line = {}) => {
      lines.push({ level, message, ...fields });
    };
  return { logger: { info: keep("info"), warn: keep("warn"), error: keep("error") }, lines };
}

/** Postgres in this process, with all migrations applied; closed when the tests of a file end. */
export async function openTestDatabase(): Promise<Database> {
  const client = new PGlite();
  after(() => client.close());
  const database = drizzle(client);
  const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));
  await migrate(database, { migrationsFolder });
  return database;
}

/** A pool whose database is not there: nothing listens at port 1. */
export function unreachablePool(): Pool {
  const environment = { DATABASE_URL: "postgres://gatehouse@127.0.0.1:1/gatehouse" };
  return new Pool(readSettings(appSettings, environment, []).values, recordingLogger().logger);
}

/** The whole site, and the lines that it logs. */
export function createTestSite(access: DatabaseAccess): { site: Site; lines: Line[] } {
  const { logger, lines } = recordingLogger();
  const worker = { id: 2, pid: 4711 };
  return { site: createSite(access, { logger, replica: "replica-a", worker }), lines };
}
