import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import type { Database, DatabaseAccess } from "./database.ts";

/** A whole Postgres inside this process, for tests and runserver: nobody else can use its data. */
export interface EmbeddedDatabase extends DatabaseAccess {
  readonly database: Database;
}

/**
 * Opens it, with all migrations applied.
 * @param folder where the data stay; none: in memory, gone when it is closed
 */
export async function openEmbedded(folder?: string): Promise<EmbeddedDatabase> {
  const client = await PGlite.create(folder);
  const database = drizzle(client);
  const migrationsFolder = fileURLToPath(new URL("../migrations", import.meta.url));
  await migrate(database, { migrationsFolder });
  return {
    database,
    ask: (work) => work(database),
    listen: (channel, ear) => {
      const listening = client.listen(channel, (payload) => ear.heard(payload));
      void listening.then(() => ear.opened());
      return async () => (await listening)();
    },
    ready: () => Promise.resolve(),
    close: () => client.close(),
  };
}
