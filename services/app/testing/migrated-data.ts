import { createHash, randomUUID } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openEmbedded } from "../models/embedded.ts";

const APPLICATION = join(import.meta.dirname, "..");
const CACHE = join(APPLICATION, "../../node_modules/.cache/gatehouse");

/**
 * The data of a database with all migrations and nothing in it. It is made once and kept: a new
 * database costs four seconds of a processor, one that begins with these data one.
 */
export async function migratedData(): Promise<Blob> {
  const file = join(CACHE, `migrated-${fingerprint()}.tar`);
  try {
    return new Blob([new Uint8Array(await readFile(file))]);
  } catch {
    const database = await openEmbedded();
    const data = await database.dump();
    await database.close();
    await keep(file, data);
    return data;
  }
}

/** Another test may read it already: it is renamed when it is whole. */
async function keep(file: string, data: Blob): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, new Uint8Array(await data.arrayBuffer()));
  await rename(draft, file);
}

/** What the data are made from: the migrations, and the version of the database. */
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const name of globSync(["migrations/*.sql", "package.json"], { cwd: APPLICATION }).sort()) {
    hash.update(readFileSync(join(APPLICATION, name)));
  }
  return hash.digest("hex").slice(0, 16);
}
