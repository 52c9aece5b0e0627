import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { type EmbeddedDatabase, openEmbedded } from "../database/embedded.ts";
import { Pool } from "../database/pool.ts";
import { appSettings } from "../settings.ts";
import { recordingLogger } from "./logger.ts";

const APPLICATION = join(import.meta.dirname, "..");
const CACHE = join(APPLICATION, "../../node_modules/.cache/gatehouse");

/** An empty Postgres in this process, with all migrations. It closes after the file's tests. */
export async function openTestDatabase(): Promise<EmbeddedDatabase> {
  const database = await openEmbedded(undefined, await migratedData());
  after(() => database.close());
  return database;
}

/** A pool whose database does not run. */
export async function unreachablePool(): Promise<Pool> {
  const environment = { DATABASE_URL: await unreachableUrl() };
  return new Pool(readSettings(appSettings, environment, []).values, recordingLogger().logger);
}

/** The URL of a database at a port at which nothing listens. */
export async function unreachableUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `postgres://gatehouse@127.0.0.1:${port}/gatehouse`;
}

/** A database with all migrations, as an archive. It is made once: that takes four seconds. */
async function migratedData(): Promise<Blob> {
  const file = join(CACHE, `migrated-${fingerprint()}.tar`);
  try {
    return new Blob([await readFile(file)]);
  } catch {
    const database = await openEmbedded();
    const data = await database.dump();
    await database.close();
    await store(file, data);
    return data;
  }
}

/** Renames the finished file, because another test may read it at the same time. */
async function store(file: string, data: Blob): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, new Uint8Array(await data.arrayBuffer()));
  await rename(draft, file);
}

/** Of the migrations, the code that makes the archive, and the database's version. */
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const name of globSync(["migrations/*.sql", "database/embedded.ts", "package.json"], {
    cwd: APPLICATION,
  }).sort()) {
    hash.update(readFileSync(join(APPLICATION, name)));
  }
  return hash.digest("hex").slice(0, 16);
}
