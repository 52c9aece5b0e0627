import { rm } from "node:fs/promises";
import { type Clone, openClone } from "../clone.ts";
import { Problem } from "../problem.ts";
import { claimDeployLock } from "../releases/lock.ts";
import { contextOf } from "./context.ts";
import { findBackup } from "./restore-command.ts";
import { inUnits } from "./space.ts";
import { type Backup, damageOf, listBackups } from "./store.ts";

const HOUR = 3_600_000;

/**
 * `make backups`: reads every byte of each.
 * @param newerThan hours that the newest whole one may be old, as the operator wrote it; "" for any age
 * @returns the list
 * @throws Problem, after the list, if one is damaged or the newest whole one is too old
 */
export async function showBackups(newerThan: string, write: (text: string) => void): Promise<void> {
  const hours = newerThan === "" ? Number.POSITIVE_INFINITY : Number(newerThan);
  if (!(hours > 0)) throw new Problem(`NEWER_THAN=${newerThan}: expected hours, like 26`);
  const { folder } = await contextOf();
  const backups = await listBackups(folder);
  if (backups.length === 0) write(`no backup in ${folder}: make backup makes one\n`);
  else write(`${columns(["backup", "age", "size", "files", "release", "state"])}\n`);
  const damaged: string[] = [];
  let newest: Date | undefined;
  for (const backup of backups.toReversed()) {
    const damage = await damageOf(backup);
    if (damage === undefined) newest ??= backup.at;
    else damaged.push(backup.name);
    write(`${columns(rowOf(backup, damage))}\n`);
  }
  if (damaged.length > 0) {
    throw new Problem(`damaged: ${damaged.join(", ")}; make rmbackup BACKUP=name removes one`);
  }
  if (
    Number.isFinite(hours) &&
    (newest === undefined || Date.now() - newest.getTime() > hours * HOUR)
  ) {
    throw new Problem(
      `the newest whole backup is ${newest === undefined ? "none" : age(newest)} old: more than ${hours} hours`,
    );
  }
}

/** `make rmbackup BACKUP=name`. @returns its last line */
export async function removeBackup(wanted: string, clone: Clone = openClone()): Promise<string> {
  const context = await contextOf(clone);
  // Not while a restore reads it.
  using _lock = await claimDeployLock(context.stack.settings.project, "rmbackup");
  const { folder, name } = await findBackup(context, wanted);
  await rm(folder, { recursive: true });
  return `${name} is removed\n`;
}

function rowOf({ name, at, size, manifest }: Backup, damage: string | undefined): string[] {
  const release = manifest?.release.number ?? manifest?.release.app;
  const state = [
    damage === undefined ? "whole" : `damaged: ${damage}`,
    ...(manifest?.encrypted ? ["encrypted"] : []),
    ...(manifest?.why === "before a restore" ? [manifest.why] : []),
  ];
  const files = manifest === undefined ? "-" : String(manifest.media.files);
  return [name, age(at), inUnits(size), files, String(release ?? "-"), state.join(", ")];
}

const WIDTHS = [20, 7, 9, 6, 7, 0];

function columns(cells: readonly string[]): string {
  return cells.map((cell, at) => cell.padEnd(WIDTHS[at] ?? 0)).join("  ");
}

/** "40 min", "26 h", "9 d". */
function age(at: Date): string {
  const hours = (Date.now() - at.getTime()) / HOUR;
  if (hours < 1) return `${Math.round(hours * 60)} min`;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}
