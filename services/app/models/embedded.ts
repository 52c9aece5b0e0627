import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { migrate } from "drizzle-orm/pglite/migrator";
import type { Database, DatabaseAccess } from "./database.ts";

/** A whole Postgres inside this process, for tests and runserver: nobody else can use its data. */
export interface EmbeddedDatabase extends DatabaseAccess {
  readonly database: Database;
  /** All its data, as a tar archive. */
  dump(): Promise<Blob>;
}

/**
 * Opens it, with all migrations applied.
 * @param folder where the data stay; none: in memory, gone when it is closed
 * @param data what a new database begins with: what dump() of another gave
 */
export async function openEmbedded(folder?: string, data?: Blob): Promise<EmbeddedDatabase> {
  const client = await PGlite.create({
    ...(folder !== undefined && { dataDir: folder }),
    ...(data !== undefined && { loadDataDir: data }),
  });
  const database = drizzle(client);
  const migrationsFolder = fileURLToPath(new URL("../migrations", import.meta.url));
  await migrate(database, { migrationsFolder });
  let closing: Promise<void> | undefined;
  return {
    database,
    dump: () => client.dumpDataDir("none"),
    ask: (work) => work(database),
    listen: (channel, ear) => {
      const listening = client.listen(channel, (payload) => ear.heard(payload));
      void listening.then(() => ear.opened());
      return async () => {
        if (closing === undefined) await (await listening)();
      };
    },
    ready: () => Promise.resolve(),
    close: () => {
      closing ??= client.close();
      return closing;
    },
  };
}
