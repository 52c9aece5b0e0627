import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { formats, HEAD, type PictureFormat, TAIL } from "./picture-format.ts";

/** Milliseconds after which an upload that no notice uses is deleted. */
const ABANDONED = 24 * 3_600_000;
/** The file names that save() makes. Other files in the folder are never deleted. */
const OURS = /^(\.[0-9a-f-]{36}|[0-9a-f-]{36}\.[a-z]{3,4})$/;
/** Names in one query: Postgres takes at most 65,535 parameters. */
const BATCH = 1000;

/** An upload that is refused. The message is for the visitor. */
export class BadPicture extends Error {
  override readonly name = "BadPicture";
  /** 413 (too large), 415 (not a picture) or 422 (incomplete). */
  readonly status: 413 | 415 | 422;

  constructor(status: BadPicture["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** The folder of uploaded pictures, which all replicas and the web server share. */
export class PictureStore {
  readonly #directory: string;
  /** The largest picture, in bytes. */
  readonly limit: number;

  constructor(directory: string, limit: number) {
    this.#directory = directory;
    this.limit = limit;
  }

  /**
   * Writes an upload to the disk while it is received.
   * @returns its name, which cannot be guessed
   * @throws BadPicture, after the upload has been read to its end
   */
  async save(upload: AsyncIterable<Buffer>): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    const id = randomUUID();
    const draft = join(this.#directory, `.${id}`);
    const file = await open(draft, "wx", 0o644);
    try {
      const format = await this.#write(upload, file);
      await file.sync();
      const name = `${id}.${format.extension}`;
      await rename(draft, join(this.#directory, name));
      return name;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  /** @returns undefined if the picture does not exist */
  async open(name: string): Promise<FileHandle | undefined> {
    try {
      return await open(join(this.#directory, name));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#directory, name), { force: true });
  }

  /**
   * Deletes unused files: aborted uploads, and pictures of forms that were never sent again. Files
   * of the last day stay: their forms may still be open.
   * @param used returns those of the names that are in use
   * @returns the number of deleted files
   */
  async sweep(used: (names: readonly string[]) => Promise<ReadonlySet<string>>): Promise<number> {
    const names = await readdir(this.#directory).catch(() => []);
    const old: string[] = [];
    for (const name of names.filter((each) => OURS.test(each))) {
      const { mtimeMs } = await stat(join(this.#directory, name)).catch(() => ({ mtimeMs: NaN }));
      if (Date.now() - mtimeMs > ABANDONED) old.push(name);
    }
    let deleted = 0;
    for (let at = 0; at < old.length; at += BATCH) {
      const batch = old.slice(at, at + BATCH);
      const kept = await used(batch);
      const unused = batch.filter((name) => !kept.has(name));
      for (const name of unused) await this.remove(name);
      deleted += unused.length;
    }
    return deleted;
  }

  async #write(upload: AsyncIterable<Buffer>, file: FileHandle): Promise<PictureFormat> {
    let head = Buffer.alloc(0);
    let tail = Buffer.alloc(0);
    let size = 0;
    for await (const chunk of upload) {
      size += chunk.length;
      if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD)]);
      const isAccepted = size <= this.limit && (size < HEAD || formatOf(head) !== undefined);
      // Read on: a browser shows the response only after it has sent the whole request.
      if (!isAccepted) continue;
      tail = Buffer.concat([tail, chunk]).subarray(-TAIL);
      await file.write(chunk);
    }
    const format = formatOf(head);
    if (format === undefined) {
      throw new BadPicture(
        415,
        "This file is not a picture. Please choose a JPEG, PNG, GIF or WebP file.",
      );
    }
    if (size > this.limit) {
      throw new BadPicture(
        413,
        `This picture is larger than ${inWords(this.limit)}. Please choose a smaller one.`,
      );
    }
    if (!format.isWhole(head, tail, size)) {
      throw new BadPicture(422, "This picture is incomplete. The file may be damaged.");
    }
    return format;
  }
}

const formatOf = (head: Buffer): PictureFormat | undefined =>
  formats.find((format) => format.begins(head.toString("latin1")));

/** Formats a number of bytes: "5 MB". */
export function inWords(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  return megabytes >= 1 ? `${Number(megabytes.toFixed(1))} MB` : `${Math.floor(bytes / 1024)} KB`;
}
