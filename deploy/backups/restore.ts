import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Interruption } from "../interruption.ts";
import { Problem } from "../problem.ts";
import { runOneShot } from "../releases/one-shots.ts";
import type { Stack } from "../stack/compose.ts";
import type { Stages } from "../stages.ts";
import { ENCRYPTED, type Identity } from "./encryption.ts";
import type { Manifest } from "./manifest.ts";
import { type MediaProcess, STAGED_MEDIA } from "./media.ts";
import { QuietSite } from "./quiet-site.ts";
import { commit, restoreDatabase } from "./restore-database.ts";
import type { Backup } from "./store.ts";
import type { Toolbox } from "./toolbox.ts";

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
  /** Backs up what is replaced, once nothing writes to it. @returns the folder; undefined if there is nothing */
  readonly keep: () => Promise<string | undefined>;
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
 * a failure leaves everything as it was. After that the restore finishes, or the site stays under maintenance with
 * both sets of media.
 * @throws Problem
 */
export async function restore(work: Restore, stages: Stages): Promise<void> {
  const { stack, toolbox, manifest, interruption } = work;
  const media = await toolbox.media();
  const site = await QuietSite.of(stack, await media.run("leftover"));
  await media.run("unstage");
  let kept: string | undefined;
  let committed: boolean | undefined;
  try {
    await stages.run("media, beside those that are served", async () => {
      await stageMedia(work, media);
      return `${manifest.media.files} files`;
    });
    await stages.run("maintenance", async () => {
      return `${(await site.quieten()).join(", ") || "nothing"} stopped`;
    });
    kept = await work.keep();
    await stages.run("database", async () => {
      const dump = await contentOf(work.backup.folder, manifest.database.file, work.identity);
      await using psql = await restoreDatabase(toolbox, dump, manifest);
      interruption.check();
      toolbox.finish();
      committed = await commit(psql, () => toolbox.psql());
      if (committed === false) throw new Problem("the database has refused to commit");
      return committed ? "every table has its rows" : "the connection is lost";
    });
  } catch (error) {
    if (!toolbox.finishing || committed === false) await asItWas(media, site, stages, error);
  }
  try {
    if (committed === undefined) {
      throw new Problem(
        "the connection to it was lost, and it does not say whether it has committed",
      );
    }
    await finish(work, media, site, stages);
  } catch (error) {
    throw unfinished(work, kept, committed, reasonOf(error));
  }
  // It serves. What is left of the media before is removed by the next restore, if not now.
  await media.run("discard").catch(() => {});
}

/** The way back, while the database has not changed. @throws the error, with what else has failed */
async function asItWas(
  media: MediaProcess,
  site: QuietSite,
  stages: Stages,
  error: unknown,
): Promise<never> {
  // The process may have ended with what went wrong: the next restore removes what it had staged.
  await media.run("unstage").catch(() => {});
  if (!site.quiet) throw error;
  try {
    await stages.run("application, as it was", (say) => site.wakeAsBefore(say));
  } catch (also) {
    throw new Problem(
      `${reasonOf(error)}\n${reasonOf(also)}\nthe site stays under maintenance, and its data are as they were: ` +
        "mend this, then make up and make live",
    );
  }
  throw error;
}

/** What is due once the database has committed. Nothing of the media before is lost by it. */
async function finish(
  { stack, migrates }: Restore,
  media: MediaProcess,
  site: QuietSite,
  stages: Stages,
): Promise<void> {
  await media.run("swap");
  if (migrates) {
    await stages.run("migrate", async (say) => {
      await runOneShot(stack, "migrate", say);
      return "the schema is that of the release that runs";
    });
  }
  await stages.run("application", (say) => site.wakeRestored(say));
}

function unfinished(
  { backup }: Restore,
  kept: string | undefined,
  committed: boolean | undefined,
  reason: string,
): Problem {
  const database = committed ? "the database is the restored one" : "the database may be either";
  const back =
    kept === undefined ? "" : `; with BACKUP=${kept} it brings back what was here before`;
  return new Problem(
    `the restore is not finished: ${reason}\n` +
      `the site stays under maintenance; ${database}, and the media of before and the restored ones are both kept: ` +
      `mend this, then make restore BACKUP=${backup.folder} FORCE=1 does all of it again${back}`,
  );
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

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
