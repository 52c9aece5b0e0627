import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Interruption } from "../interruption.ts";
import { callEdges, type Mode, modeOf, type Verb } from "../maintenance/edge-mode.ts";
import { Problem } from "../problem.ts";
import { runOneShot } from "../releases/one-shots.ts";
import type { Stack } from "../stack/compose.ts";
import type { Container } from "../stack/containers.ts";
import type { Stages } from "../stages.ts";
import { ENCRYPTED, type Identity } from "./encryption.ts";
import type { Manifest } from "./manifest.ts";
import { type MediaProcess, STAGED_MEDIA } from "./media.ts";
import { restoreDatabase } from "./restore-database.ts";
import type { Backup } from "./store.ts";
import type { Toolbox } from "./toolbox.ts";
import { startWriters, stopWriters } from "./writers.ts";

const MESSAGE = "The site is being restored. Please come back in a few minutes.";

export interface Restore {
  readonly stack: Stack;
  readonly backup: Backup;
  readonly manifest: Manifest;
  /** For an encrypted backup. */
  readonly identity: Identity | undefined;
  /** Whether the release that runs has migrations that the backup does not have. */
  readonly migrates: boolean;
  readonly toolbox: Toolbox;
  readonly interruption: Interruption;
}

/** The content of a file of a backup. @throws Problem if the key does not open it */
export async function contentOf(
  folder: string,
  file: string,
  identity: Identity | undefined,
): Promise<Readable> {
  const stored = createReadStream(join(folder, file));
  if (!file.endsWith(ENCRYPTED)) return stored;
  if (identity === undefined) {
    throw new Problem(
      "this backup is encrypted: BACKUP_IDENTITY=FILE names the file of the secret key; nothing was changed",
    );
  }
  return await identity.decrypted(stored);
}

/**
 * Has a running stack be what a backup says. Visitors see a page of maintenance meanwhile. Until the database commits,
 * a failure leaves everything as it was.
 * @throws Problem
 */
export async function restore(work: Restore, stages: Stages): Promise<void> {
  const { stack, toolbox, manifest } = work;
  const { project } = stack.settings;
  const media = await toolbox.media();
  await media.run("discard");
  await stages.run("media, beside those that are served", async () => {
    await stageMedia(work, media);
    return `${manifest.media.files} files`;
  });
  const before = await modeBefore(project);
  const stopped: Container[] = [];
  try {
    await stages.run("maintenance", async () => {
      if (before.kind !== "maintenance") await callEdges(project, maintenanceVerb(stack));
      stopped.push(...(await stopWriters(project)));
      return `${stopped.map(({ name }) => name).join(", ") || "nothing"} stopped`;
    });
    await stages.run("database", async () => {
      const dump = await contentOf(work.backup.folder, manifest.database.file, work.identity);
      const psql = await restoreDatabase(toolbox, dump, manifest);
      // From here on a row of either moment has its file.
      await media.run("add");
      if (work.interruption.received !== undefined) throw new Problem("stopped");
      await psql.query("COMMIT");
      await psql.end();
      await media.run("swap");
      return "every table has its rows";
    });
    if (work.migrates) {
      await stages.run("migrate", async (say) => {
        await runOneShot(stack, "migrate", say);
        return "the schema is that of the release that runs";
      });
    }
  } catch (error) {
    // The process may have ended with what went wrong: the next restore removes what it had staged.
    await media.run("discard").catch(() => {});
    await serveAgain(stack, stopped, before, stages).catch((also: Error) => {
      throw new Problem(`${error instanceof Error ? error.message : error}\n${also.message}`);
    });
    throw error;
  }
  await serveAgain(stack, stopped, before, stages);
}

/** The mode to go back to. Maintenance with a restore's own text is that of one which was killed. */
async function modeBefore(project: string): Promise<Mode> {
  const mode = await modeOf(project);
  return mode.kind === "maintenance" && mode.message === MESSAGE ? { kind: "live" } : mode;
}

/** Starts what was stopped, and has the edge do what it did before. */
async function serveAgain(
  { settings }: Stack,
  stopped: readonly Container[],
  before: Mode,
  stages: Stages,
): Promise<void> {
  await stages.run("application", async (say) => {
    await startWriters(stopped, say);
    // The responses of the moment before. nginx has no such verb.
    if (settings.edge === "web") await callEdges(settings.project, ["purge", "--all"]);
    if (before.kind === "maintenance") return "under maintenance, as before";
    const seconds = before.kind === "paused" ? String(before.longest / 1000) : "";
    await callEdges(settings.project, seconds === "" ? ["live"] : ["pause", seconds]);
    return before.kind;
  });
}

async function stageMedia(
  { toolbox, backup, manifest, identity }: Restore,
  media: MediaProcess,
): Promise<void> {
  await media.run("stage");
  const content = await contentOf(backup.folder, manifest.media.file, identity);
  const tar = toolbox.withMedia("tar", "--extract", "--directory", STAGED_MEDIA, "--file=-");
  await pipeline(content, tar.stdin).catch((error: Error) => {
    if (tar.stderr === "") throw new Problem(`the media cannot be read: ${error.message}`);
  });
  await tar.succeed("the media cannot be written");
  const { files } = await media.run("staged");
  if (files !== manifest.media.files) {
    throw new Problem(
      `the media have ${files} files, ${manifest.media.files} expected: nothing was changed`,
    );
  }
}

function maintenanceVerb({ settings }: Stack): Verb {
  return settings.edge === "nginx" ? ["maintenance"] : ["maintenance", "--message", MESSAGE];
}
