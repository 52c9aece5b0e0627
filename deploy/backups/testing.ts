import assert from "node:assert/strict";
import { Readable } from "node:stream";
import type { Manifest } from "./manifest.ts";
import { type Backup, Draft, readBackup } from "./store.ts";

export const MANIFEST: Manifest = {
  ...{ format: 1, at: "2026-11-27T03:00:00.000Z", project: "shop", why: "make backup" },
  release: { number: 1, app: "app:1", web: "web:1", commit: "" },
  migrations: ["0001_first.sql"],
  database: { file: "database.dump", version: "17.6", owner: "owner", size: 1, rows: { posts: 2 } },
  media: { file: "media.tar", files: 0, bytes: 0, changed: [] },
  ...{ encrypted: false, writesWaited: 1 },
};

/** A small backup of this time in a folder. */
export async function writeBackup(folder: string, time: string): Promise<Backup> {
  await using draft = await Draft.begin(folder, new Date(time));
  await draft.write("database.dump", Readable.from([Buffer.from("rows")]));
  await draft.write("media.tar", Readable.from([Buffer.from("files")]));
  const backup = await readBackup(await draft.finish(MANIFEST));
  assert.ok(backup);
  return backup;
}
