import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { formats, HEAD, type PictureFormat, TAIL } from "./picture-format.ts";

/** Milliseconds after which an upload that no notice uses is left behind. */
const ABANDONED = 24 * 3_600_000;
/** What save() calls its files: the folder may hold others too, which are nobody's to delete. */
const OURS = /^(\.[0-9a-f-]{36}|[0-9a-f-]{36}\.[a-z]{3,4})$/;
/** Names that are asked for at once: a query takes no more than 65,535 values. */
const BATCH = 1000;

/** What is wrong with an upload, in words for the visitor. */
export class BadPicture extends Error {
  override readonly name = "BadPicture";
  /** 413 (too large), 415 (no picture) or 422 (not all of it has arrived). */
  readonly status: 413 | 415 | 422;

  constructor(status: BadPicture["status"], message: string) {
    super(message);
    this.status = status;
  }
}

/** The folder of uploaded pictures, which all replicas and the web server share. */
export class PictureStore {
  readonly #directory: string;
  readonly #limit: number;

  /** @param limit the largest picture, in bytes */
  constructor(directory: string, limit: number) {
    this.#directory = directory;
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  /**
   * Writes an upload to the disk as it comes in, with a name that nobody can guess.
   * @returns its name
   * @throws BadPicture; the upload is then read to its end all the same
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

  /** Opens a picture. @returns undefined where there is none */
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
   * Deletes what nobody uses any more: uploads that were broken off, pictures of forms that were
   * never sent again. Those of the last day stay: their forms may still be open.
   * @param used which of these names are in use
   * @returns how many are deleted
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
      const isWanted = size <= this.#limit && (size < HEAD || formatOf(head) !== undefined);
      // Read on what is not wanted: a browser shows an answer only once its request is sent.
      if (!isWanted) continue;
      tail = Buffer.concat([tail, chunk]).subarray(-TAIL);
      await file.write(chunk);
    }
    const format = formatOf(head);
    if (format === undefined) {
      throw new BadPicture(415, "This file is no picture: choose a JPEG, PNG, GIF or WebP.");
    }
    if (size > this.#limit) {
      throw new BadPicture(413, `This picture is larger than ${inWords(this.#limit)}.`);
    }
    if (!format.isWhole(head, tail, size)) {
      throw new BadPicture(422, "The end of this picture is missing: the file may be damaged.");
    }
    return format;
  }
}

const formatOf = (head: Buffer): PictureFormat | undefined =>
  formats.find((format) => format.begins(head));

/** A number of bytes, for people: "5 MB". */
export function inWords(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  return megabytes >= 1 ? `${Number(megabytes.toFixed(1))} MB` : `${Math.floor(bytes / 1024)} KB`;
}
