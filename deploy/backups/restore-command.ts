import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { findCanary } from "../canary/container.ts";
import { print } from "../print.ts";
import { Problem } from "../problem.ts";
import { claimDeployLock } from "../releases/lock.ts";
import { Stages } from "../stages.ts";
import { withToolbox } from "./backup-command.ts";
import { type Context, contextOf, requireRunning } from "./context.ts";
import { rowsOf } from "./database.ts";
import { Identity } from "./encryption.ts";
import { type Manifest, unknownMigrations } from "./manifest.ts";
import { contentOf, restore } from "./restore.ts";
import { inUnits, requireFree } from "./space.ts";
import { type Backup, damageOf, listBackups, readBackup } from "./store.ts";
import { migrationsOf, readFacts, requireRoomForBackup, takeBackup } from "./take.ts";
import type { Toolbox } from "./toolbox.ts";

/**
 * `make restore BACKUP=name|latest|folder`. Everything that could refuse it is checked before anything changes.
 * @param wanted the backup, as the operator wrote it
 * @param force whether a stack with data may be overwritten, after a backup of it
 * @returns its last lines
 */
export async function restoreBackup(wanted: string, force: boolean): Promise<string> {
  const context = await contextOf();
  const { stack } = context;
  await requireRunning(stack, "restore to");
  using _lock = await claimDeployLock(stack.settings.project, "restore");
  if ((await findCanary(stack.settings.project)) !== undefined) {
    throw new Problem("a canary runs, and writes to the database: make canary REVERT=1 ends it");
  }
  const stages = new Stages();
  const backup = await findBackup(context, wanted);
  const { identity: path } = context.settings;
  const identity = path === "" ? undefined : await Identity.read(resolve(stack.clone.root, path));
  let manifest: Manifest | undefined;
  let migrates = false;
  await stages.run("checks", async () => {
    manifest = await soundManifest(backup);
    (await contentOf(backup.folder, manifest.database.file, identity)).destroy();
    const known = await migrationsOf(stack);
    requireKnownSchema(manifest, known);
    migrates = known.size > manifest.migrations.length;
    return `${backup.name} is whole, ${inUnits(backup.size)}`;
  });
  if (manifest === undefined) throw new Error("unreachable: a stage ends or throws");
  const found = manifest;
  await withToolbox(context, async (toolbox, interruption) => {
    const data = await dataOf(toolbox);
    if (data !== undefined && !force) {
      throw new Problem(
        `this stack has data (${data}): make restore BACKUP=${wanted} FORCE=1 replaces it, after a backup of it`,
      );
    }
    await requireRoom(toolbox, found);
    if (data !== undefined) await requireRoomForBackup(context, toolbox);
    const keep = async (): Promise<string | undefined> => {
      // A visitor may have been the first to write, a moment ago.
      if ((await dataOf(toolbox)) === undefined) return undefined;
      const folder = await takeBackup(context, toolbox, "before a restore", stages);
      print(`      what was here before: ${folder}\n`);
      return folder;
    };
    const work = {
      stack,
      backup,
      manifest: found,
      identity,
      migrates,
      toolbox,
      interruption,
      keep,
    };
    await restore(work, stages);
  });
  return `\nThe site is that of ${found.at}.\n${stages.summary()}\n`;
}

/** The backup with this name, in this folder, or the newest. @throws Problem if there is none */
export async function findBackup({ folder }: Context, wanted: string): Promise<Backup> {
  const backups = await listBackups(folder);
  if (wanted === "latest") {
    const latest = backups.at(-1);
    if (latest !== undefined) return latest;
    throw new Problem(`there is no backup in ${folder}: make backup makes one`);
  }
  const named = backups.find(({ name }) => name === wanted);
  if (named !== undefined) return named;
  if (wanted !== "" && existsSync(wanted)) {
    const given = await readBackup(resolve(wanted));
    if (given !== undefined) return given;
    throw new Problem(`${wanted} is no backup: its name must be like 2026-11-27T03-00-00Z`);
  }
  const names = backups.map(({ name }) => name).join(", ") || "none";
  throw new Problem(
    wanted === ""
      ? `say which one, BACKUP=latest or a name or a folder; there are ${names}`
      : `there is no backup ${wanted}; there are ${names}`,
  );
}

/** @throws Problem if a byte of the backup is not what was written */
async function soundManifest(backup: Backup): Promise<Manifest> {
  const damage = await damageOf(backup);
  if (damage === undefined && backup.manifest !== undefined) return backup.manifest;
  throw new Problem(
    `the backup ${backup.name} is damaged (${damage}): nothing was changed; take another one, make backups ` +
      "shows which are whole",
  );
}

function requireKnownSchema(manifest: Manifest, known: ReadonlySet<string>): void {
  const unknown = unknownMigrations(manifest, known);
  if (unknown.length === 0) return;
  throw new Problem(
    `the backup has a newer schema than the release that runs (${unknown.join(", ")}): nothing was changed; ` +
      `deploy its release first${manifest.release.commit === "" ? "" : ` (${manifest.release.commit})`}`,
  );
}

/** What a restore would replace, in words; undefined if there is nothing but the record of the migrations. */
async function dataOf(toolbox: Toolbox): Promise<string | undefined> {
  await using psql = await toolbox.psql();
  const rows = await rowsOf(psql);
  const { files } = await (await toolbox.media()).run("measure");
  const own = Object.entries(rows).filter(([name]) => !/migration/i.test(name));
  const count = own.reduce((sum, [, each]) => sum + each, 0);
  return count + files === 0 ? undefined : `${count} rows, ${files} files`;
}

/** @throws Problem if there is too little room where the engine keeps its volumes */
async function requireRoom(toolbox: Toolbox, { database, media }: Manifest): Promise<void> {
  const { size } = await readFacts(toolbox);
  const volume = await toolbox.media();
  // What an earlier restore had staged gives way to it.
  const free = (await volume.run("free")) + (await volume.run("staged")).bytes;
  // The rows that are replaced stay until the transaction has ended.
  const bytes = media.bytes + Math.max(database.size, size);
  requireFree(free, bytes, "a restore needs", "the volumes of the engine");
}
