import { exportSnapshot, holdWrites } from "./database.ts";
import type { MediaProcess } from "./media.ts";
import type { Psql } from "./psql.ts";

/** The database and the media as they were at one moment. */
export interface Moment {
  readonly at: Date;
  /** A transaction that sees the database of that moment, and its name for pg_dump. */
  readonly psql: Psql;
  readonly snapshot: string;
  /** What the folder of links has. */
  readonly media: { readonly files: number; readonly bytes: number };
  /** Milliseconds for which writes waited. */
  readonly writesWaited: number;
}

/**
 * Catches one moment of database and media, while the site serves. An application adds a file before the row that
 * names it, and deletes it after the row has changed. So while no row changes, every file that a row names is there:
 * in that time the snapshot is taken, and each file gets a second name. All but those of the last seconds have theirs
 * before it.
 * @param connect makes a connection to the database
 * @throws Problem; then nothing is held any more
 */
export async function catchMoment(
  connect: () => Promise<Psql>,
  media: MediaProcess,
): Promise<Moment> {
  await media.run("link");
  const psql = await connect();
  try {
    const moment = await atOnce(await connect(), media, psql);
    return { ...moment, psql, media: await media.run("settle") };
  } catch (error) {
    await psql.end();
    throw error;
  }
}

/** The part for which writes wait. However it ends, they go on. */
async function atOnce(connection: Psql, media: MediaProcess, psql: Psql) {
  await using holding = connection;
  await holdWrites(holding);
  const since = performance.now();
  const at = new Date();
  const snapshot = await exportSnapshot(psql);
  await media.run("linkChanges");
  await holding.query("COMMIT");
  return { at, snapshot, writesWaited: Math.round(performance.now() - since) };
}
