import { and, eq, gt, inArray, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { announce } from "./event.ts";
import { readers, users } from "./schema.ts";

/** One open connection of somebody who reads a notice. */
export interface Reader {
  readonly id: string;
  readonly noticeId: number;
  readonly userId: number | null;
}

/** Who reads a notice: the names of the signed in, and how many others. */
export interface Readers {
  readonly names: readonly string[];
  readonly guests: number;
}

const inSeconds = (seconds: number) => sql`now() + make_interval(secs => ${seconds})`;

/** Lets somebody read, for so many seconds unless they are kept. */
export async function addReader(
  database: Database,
  reader: Reader,
  lifetime: number,
): Promise<void> {
  await database.insert(readers).values({ ...reader, expiresAt: inSeconds(lifetime) });
  await announce(database, { kind: "readers", notice: reader.noticeId });
}

export async function removeReader(database: Database, reader: Reader): Promise<void> {
  await database.delete(readers).where(eq(readers.id, reader.id));
  await announce(database, { kind: "readers", notice: reader.noticeId });
}

/** Keeps the readers of one worker, and forgets those whose worker has died. */
export async function keepReaders(
  database: Database,
  kept: readonly Reader[],
  lifetime: number,
): Promise<void> {
  if (kept.length > 0) {
    await database
      .insert(readers)
      .values(kept.map((reader) => ({ ...reader, expiresAt: inSeconds(lifetime) })))
      .onConflictDoUpdate({ target: readers.id, set: { expiresAt: inSeconds(lifetime) } });
  }
  const lost = await database
    .delete(readers)
    .where(lt(readers.expiresAt, sql`now()`))
    .returning({ notice: readers.noticeId });
  for (const notice of new Set(lost.map((reader) => reader.notice))) {
    await announce(database, { kind: "readers", notice });
  }
}

/** Forgets all readers of a worker that ends. */
export async function removeReaders(database: Database, gone: readonly Reader[]): Promise<void> {
  const ids = gone.map(({ id }) => id);
  await database.delete(readers).where(inArray(readers.id, ids));
  for (const notice of new Set(gone.map(({ noticeId }) => noticeId))) {
    await announce(database, { kind: "readers", notice });
  }
}

/** Who reads this notice right now; somebody with two windows is one reader. */
export async function readersOf(database: Database, noticeId: number): Promise<Readers> {
  const found = await database
    .select({ name: users.name })
    .from(readers)
    .leftJoin(users, eq(users.id, readers.userId))
    .where(and(eq(readers.noticeId, noticeId), gt(readers.expiresAt, sql`now()`)));
  const names = found.flatMap(({ name }) => name ?? []);
  return { names: [...new Set(names)].sort(), guests: found.length - names.length };
}
