import { exportSnapshot, holdWrites } from "./database.ts";
import type { MediaProcess } from "./media.ts";
import type { Psql } from "./psql.ts";
import type { Toolbox } from "./toolbox.ts";

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
 * in that time the snapshot is taken, and each file gets a second name. Nearly all files have theirs before it.
 */
export async function catchMoment(toolbox: Toolbox, media: MediaProcess): Promise<Moment> {
  await media.run("link");
  const holding = await toolbox.psql();
  const psql = await toolbox.psql();
  await holdWrites(holding);
  const since = performance.now();
  const at = new Date();
  const snapshot = await exportSnapshot(psql);
  const totals = await media.run("link");
  await holding.query("COMMIT");
  const writesWaited = Math.round(performance.now() - since);
  await holding.end();
  return { at, psql, snapshot, media: totals, writesWaited };
}
