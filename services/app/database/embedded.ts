import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { addSkeletons } from "../models/user.ts";
import type { Database, DatabaseAccess } from "./access.ts";
import { requireDrizzle } from "./drizzle.ts";

const { drizzle }: typeof import("drizzle-orm/pglite") = requireDrizzle("drizzle-orm/pglite");
const { migrate }: typeof import("drizzle-orm/pglite/migrator") = requireDrizzle(
  "drizzle-orm/pglite/migrator",
);

/** A Postgres inside this process, for tests and runserver. No other process can use its data. */
export interface EmbeddedDatabase extends DatabaseAccess {
  readonly database: Database;
  /** All its data, as a tar archive. It must be the last call: no new database can follow. */
  dump(): Promise<Blob>;
}

/** @param folder of the data; undefined: in memory @param data the initial data, from dump() */
export async function openEmbedded(folder?: string, data?: Blob): Promise<EmbeddedDatabase> {
  const client = await PGlite.create({
    ...(folder !== undefined && { dataDir: folder }),
    ...(data !== undefined && { loadDataDir: data }),
  });
  const database = drizzle(client);
  const migrationsFolder = fileURLToPath(new URL("../migrations", import.meta.url));
  await migrate(database, { migrationsFolder });
  await addSkeletons(database);
  let closing: Promise<void> | undefined;
  return {
    database,
    dump: async () => {
      // Without its template databases the archive is smaller by a third.
      await client.exec("update pg_database set datistemplate = false");
      for (const name of ["template0", "template1"]) await client.exec(`drop database ${name}`);
      return client.dumpDataDir("none");
    },
    query: (work) => work(database),
    listen: (channel, subscriber) => {
      const listening = client.listen(channel, (payload) => subscriber.notified(payload));
      void listening.then(() => subscriber.opened());
      return async () => {
        if (closing === undefined) await (await listening)();
      };
    },
    close: () => {
      closing ??= client.close();
      return closing;
    },
  };
}
