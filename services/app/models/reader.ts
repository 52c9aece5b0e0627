import type { Database } from "../database/access.ts";
import { and, eq, gt, inArray, lt, sql } from "../database/drizzle.ts";
import { announce } from "./event.ts";
import { readers, users } from "./schema.ts";

/** One open connection of someone who reads a notice. */
export interface Reader {
  readonly id: string;
  readonly noticeId: number;
  readonly userId: number | null;
}

/** The readers of a notice: the names of signed-in users, and the number of guests. */
export interface Readers {
  readonly names: readonly string[];
  readonly guests: number;
}

/** Adds or renews readers, and removes expired ones: their worker died. @param lifetime seconds */
export async function keepReaders(
  database: Database,
  kept: readonly Reader[],
  lifetime: number,
): Promise<void> {
  const expiresAt = sql`now() + make_interval(secs => ${lifetime})`;
  if (kept.length > 0) {
    await database
      .insert(readers)
      .values(kept.map((reader) => ({ ...reader, expiresAt })))
      .onConflictDoUpdate({ target: readers.id, set: { expiresAt } });
  }
  const lost = await database
    .delete(readers)
    .where(lt(readers.expiresAt, sql`now()`))
    .returning({ noticeId: readers.noticeId });
  await announceReaders(database, lost);
}

export async function addReader(
  database: Database,
  reader: Reader,
  lifetime: number,
): Promise<void> {
  await keepReaders(database, [reader], lifetime);
  await announceReaders(database, [reader]);
}

export async function removeReaders(database: Database, gone: readonly Reader[]): Promise<void> {
  const ids = gone.map(({ id }) => id);
  await database.delete(readers).where(inArray(readers.id, ids));
  await announceReaders(database, gone);
}

async function announceReaders(
  database: Database,
  changed: readonly Pick<Reader, "noticeId">[],
): Promise<void> {
  for (const notice of new Set(changed.map(({ noticeId }) => noticeId))) {
    await announce(database, { kind: "readers", notice });
  }
}

/** The current readers of a notice. A user with two windows counts once. */
export async function readersOf(database: Database, noticeId: number): Promise<Readers> {
  const found = await database
    .select({ name: users.name })
    .from(readers)
    .leftJoin(users, eq(users.id, readers.userId))
    .where(and(eq(readers.noticeId, noticeId), gt(readers.expiresAt, sql`now()`)));
  const names = found.flatMap(({ name }) => name ?? []);
  return { names: [...new Set(names)].sort(), guests: found.length - names.length };
}
