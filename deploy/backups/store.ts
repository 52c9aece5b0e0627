import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem } from "../problem.ts";
import { type Manifest, parseManifest } from "./manifest.ts";

const MANIFEST = "manifest.json";
/** In the form of sha256sum: `sha256sum --check SHA256SUMS` verifies a backup too. */
const SUMS = "SHA256SUMS";
/** A backup that is not complete has a name that begins so, and is no backup. */
const DRAFT = ".draft-";

/** A complete backup: a folder with a manifest, the database, the media and the checksums of all. */
export interface Backup {
  /** Its time: "2026-11-27T03-00-00Z". */
  readonly name: string;
  readonly folder: string;
  readonly at: Date;
  /** Undefined if it cannot be read: then the backup is damaged. */
  readonly manifest: Manifest | undefined;
  /** SHA-256 by file name. */
  readonly sums: ReadonlyMap<string, string>;
  /** Bytes of all files. */
  readonly size: number;
}

/** The backups of a folder, the oldest first. Other folders and files in it are left out. */
export async function listBackups(folder: string): Promise<Backup[]> {
  const names = (await namesIn(folder, ["ENOENT"])) ?? [];
  const found = names.filter((name) => timeOf(name) !== undefined).sort();
  const backups = await Promise.all(found.map((name) => readBackup(join(folder, name))));
  return backups.flatMap((backup) => backup ?? []);
}

/** Reads one backup; undefined if the folder's name is none of a backup, or there is no such folder. */
export async function readBackup(folder: string): Promise<Backup | undefined> {
  const name = basename(folder);
  const at = timeOf(name);
  if (at === undefined) return undefined;
  const files = await namesIn(folder, ["ENOENT", "ENOTDIR"]);
  if (files === undefined) return undefined;
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  const sums = await readFile(join(folder, SUMS), "utf8").catch(() => "");
  return {
    ...{ name, folder, at },
    manifest: await manifestIn(folder),
    sums: new Map(sums.split("\n").flatMap(sumOf)),
    size: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/**
 * @param absent the codes of errors that mean that there is no such folder
 * @returns what it has; undefined if there is none
 * @throws Problem if it cannot be read
 */
async function namesIn(folder: string, absent: readonly string[]): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (absent.includes(codeOf(error))) return undefined;
    throw unusable(folder, error);
  }
}

/** Makes the folder of a project's backups. Only its owner reads it. @throws Problem if that is not possible */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(folder, error);
  }
}

function unusable(folder: string, error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = ["EACCES", "EPERM"].includes(codeOf(error))
    ? ": use it as the user who made the first backup, as with sudo for those of a timer of root's"
    : ": BACKUP_FOLDER in .env names another folder";
  return new Problem(`the folder of backups ${folder} cannot be used (${reason})${hint}`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

async function manifestIn(folder: string): Promise<Manifest | undefined> {
  const text = await readFile(join(folder, MANIFEST), "utf8").catch(() => "");
  return parseManifest(text);
}

function sumOf(line: string): [string, string][] {
  const [, sum = "", file = ""] = /^([0-9a-f]{64}) [ *]([\w.-]+)$/.exec(line) ?? [];
  return file === "" ? [] : [[file, sum]];
}

/** Reads every byte of a backup. @returns what is wrong with it; undefined if nothing is */
export async function damageOf({ folder, manifest, sums }: Backup): Promise<string | undefined> {
  if (!sums.has(MANIFEST) || manifest === undefined) return `no ${SUMS} or no ${MANIFEST}`;
  for (const name of [manifest.database.file, manifest.media.file]) {
    if (!sums.has(name)) return `no checksum of ${name}`;
  }
  for (const [name, sum] of sums) {
    const hash = createHash("sha256");
    try {
      await pipeline(createReadStream(join(folder, name)), hash);
    } catch {
      return `${name} cannot be read`;
    }
    if (hash.digest("hex") !== sum) return `${name} is not what was written`;
  }
  return undefined;
}

/** The name of a backup of this time. */
export function nameOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replaceAll(":", "-")}Z`;
}

function timeOf(name: string): Date | undefined {
  const [, day, hours, minutes, seconds] =
    /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z$/.exec(name) ?? [];
  if (day === undefined) return undefined;
  const at = new Date(`${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** A backup that is being written. It becomes one by `finish`, all at once; without it, it is removed. */
export class Draft implements AsyncDisposable {
  readonly #parent: string;
  readonly #folder: string;
  readonly #name: string;
  readonly #sums = new Map<string, string>();

  private constructor(parent: string, name: string) {
    this.#parent = parent;
    this.#name = name;
    this.#folder = join(parent, `${DRAFT}${name}`);
  }

  /** Begins a draft in a folder. What a killed one has left there is removed: only one may run at a time. @throws Problem */
  static async begin(parent: string, at: Date): Promise<Draft> {
    await makeFolder(parent);
    const draft = new Draft(parent, nameOf(at));
    try {
      for (const name of await readdir(parent)) {
        if (name.startsWith(DRAFT)) await rm(join(parent, name), { recursive: true, force: true });
      }
      await mkdir(draft.#folder, { mode: 0o700 });
    } catch (error) {
      throw unusable(parent, error);
    }
    return draft;
  }

  /** Writes a file, to the disk itself. @returns its bytes */
  async write(file: string, content: Readable): Promise<number> {
    const hash = createHash("sha256");
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(undefined, chunk);
      },
    });
    const path = join(this.#folder, file);
    const disk = createWriteStream(path, { flags: "wx", mode: 0o600, flush: true });
    await pipeline(content, measure, disk);
    this.#sums.set(file, hash.digest("hex"));
    return bytes;
  }

  /** Makes it a backup. @returns its folder */
  async finish(manifest: Manifest): Promise<string> {
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    await this.#writeText(MANIFEST, text);
    this.#sums.set(MANIFEST, createHash("sha256").update(text).digest("hex"));
    const lines = [...this.#sums].map(([file, sum]) => `${sum}  ${file}\n`);
    await this.#writeText(SUMS, lines.join(""));
    await flushFolder(this.#folder);
    const folder = join(this.#parent, this.#name);
    await rename(this.#folder, folder);
    await flushFolder(this.#parent);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #writeText(file: string, text: string): Promise<void> {
    await writeFile(join(this.#folder, file), text, { flag: "wx", mode: 0o600, flush: true });
  }
}

/** Has the names in a folder survive a loss of power. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}
