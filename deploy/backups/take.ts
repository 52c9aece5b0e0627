import type { Readable } from "node:stream";
import { setTimeout } from "node:timers";
import { Problem } from "../problem.ts";
import { Journal } from "../releases/journal.ts";
import { filesIn } from "../releases/migrations/require.ts";
import type { Stack } from "../stack/compose.ts";
import type { Stages } from "../stages.ts";
import type { Context } from "./context.ts";
import { type DatabaseFacts, factsOf, rowsOf } from "./database.ts";
import { ENCRYPTED, encrypted } from "./encryption.ts";
import type { Manifest } from "./manifest.ts";
import { LINKED_MEDIA } from "./media.ts";
import { catchMoment } from "./moment.ts";
import type { Program } from "./program.ts";
import { inUnits, requireSpace } from "./space.ts";
import { Draft, makeFolder } from "./store.ts";
import type { Toolbox } from "./toolbox.ts";

/** A dump is smaller than the database: it has no indexes, and is compressed. */
const DUMP = ["pg_dump", "--format=custom", "--compress=zstd:3"];

/** With names in messages as they are: `changedIn` reads them. */
export const ARCHIVE = ["tar", "--create", "--quoting-style=literal"];

/**
 * Makes a backup of a running stack. It is complete or not there at all.
 * @returns its folder
 * @throws Problem
 */
export async function takeBackup(
  context: Context,
  toolbox: Toolbox,
  why: Manifest["why"],
  stages: Stages,
): Promise<string> {
  const { stack, settings, folder } = context;
  const { recipients } = settings;
  const ending = recipients.length === 0 ? "" : ENCRYPTED;
  const media = await toolbox.media();
  // What a killed backup has left.
  await media.run("unlink");
  await using draft = await Draft.begin(folder, new Date());
  const write = async (file: string, program: Program, accept: Accept): Promise<number> => {
    const content =
      recipients.length === 0 ? program.stdout : await encrypted(program.stdout, recipients);
    const bytes = await draft.write(file, failing(content, program));
    accept(await program.ended, program.stderr);
    return bytes;
  };
  const facts = await requireRoomForBackup(context, toolbox);
  try {
    let moment: Awaited<ReturnType<typeof catchMoment>> | undefined;
    await stages.run("one moment of database and media", async () => {
      moment = await catchMoment(() => toolbox.psql(), media);
      return `writes waited for ${moment.writesWaited} ms`;
    });
    if (moment === undefined) throw new Error("unreachable: a stage ends or throws");
    await using psql = moment.psql;
    const { snapshot } = moment;
    const database = `database.dump${ending}`;
    let rows: Record<string, number> = {};
    await stages.run("database", async () => {
      rows = await rowsOf(psql);
      const dump = toolbox.withDatabase(...DUMP, `--snapshot=${snapshot}`, "--dbname");
      const bytes = await write(database, dump, mustSucceed("pg_dump"));
      await psql.end();
      const count = Object.values(rows).reduce((sum, each) => sum + each, 0);
      return `${count} rows in ${Object.keys(rows).length} tables, ${inUnits(bytes)}`;
    });
    const archive = `media.tar${ending}`;
    let changed: readonly string[] = [];
    await stages.run("media", async (say) => {
      const tar = toolbox.withMedia(...ARCHIVE, "--directory", LINKED_MEDIA, "--file=-", ".");
      const bytes = await write(archive, tar, (code, stderr) => {
        changed = changedIn(stderr);
        // 1 is "a file changed as it was read".
        if (code !== 0 && !(code === 1 && changed.length > 0)) mustSucceed("tar")(code, stderr);
      });
      for (const name of changed) say(`${name} was written to while it was copied`);
      return `${moment?.media.files} files, ${inUnits(bytes)}`;
    });
    const manifest: Manifest = {
      ...{ format: 1, at: moment.at.toISOString(), project: stack.settings.project, why },
      release: await releaseOf(stack),
      migrations: [...(await migrationsOf(stack))].sort(),
      database: { file: database, ...facts, rows },
      media: { file: archive, ...moment.media, changed },
      encrypted: recipients.length > 0,
      writesWaited: moment.writesWaited,
    };
    return await draft.finish(manifest);
  } finally {
    // Else deleted files would keep their space. With the toolbox gone, the next backup does it.
    const late = new Promise((done) => setTimeout(done, 5_000).unref());
    await Promise.race([media.run("unlink").catch(() => {}), late]);
  }
}

/** @returns the database's facts. @throws Problem if there is too little room where backups are written */
export async function requireRoomForBackup(
  { folder }: Context,
  toolbox: Toolbox,
): Promise<DatabaseFacts> {
  const facts = await readFacts(toolbox);
  const { bytes } = await (await toolbox.media()).run("measure");
  await makeFolder(folder);
  await requireSpace(folder, facts.size + bytes, "a backup");
  return facts;
}

/** What the server says of the database. */
export async function readFacts(toolbox: Toolbox): Promise<DatabaseFacts> {
  await using psql = await toolbox.psql();
  return await factsOf(psql);
}

type Accept = (code: number, stderr: string) => void;

const mustSucceed =
  (name: string): Accept =>
  (code, stderr) => {
    if (code === 0) return;
    const mismatch = /server version mismatch/.test(stderr)
      ? ": the server is newer than the tools; POSTGRES_IMAGE in .env names an image of its version"
      : "";
    throw new Problem(`${name} failed: ${stderr.trim() || `exit code ${code}`}${mismatch}`);
  };

/** A program that is killed ends its output as one that is done: then the content must not look whole. */
function failing(content: Readable, program: Program): Readable {
  void program.ended.then((code) => {
    if (code > 1) content.destroy(new Problem(program.stderr.trim() || `exit code ${code}`));
  });
  return content;
}

/** The files that tar names as changed, or cut short, while it read them. */
export function changedIn(stderr: string): string[] {
  const pattern = /^tar: \.\/(.+): (?:file changed as we read it|File shrank by \d+ bytes.*)$/gm;
  return [...new Set([...stderr.matchAll(pattern)].map(([, name = ""]) => name))];
}

async function releaseOf(stack: Stack): Promise<Manifest["release"]> {
  const { current } = await Journal.open(stack);
  const { releaseApp: app, releaseWeb: web } = stack.settings;
  return { number: current?.number, app, web, commit: current?.commit ?? "" };
}

/** The SQL migrations of the release that runs; none for an application that has no such folder. */
export async function migrationsOf({ settings }: Stack): Promise<Set<string>> {
  const { project, releaseApp, migrations } = settings;
  return migrationsAmong(await filesIn(`${project}/${releaseApp || "app:local"}`, migrations));
}

/** The SQL migrations among the names of a folder, in which tools keep more than those. */
export function migrationsAmong(files: Iterable<string> = []): Set<string> {
  return new Set([...files].filter((name) => name.endsWith(".sql")));
}
