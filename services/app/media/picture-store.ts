import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Damaged, Source } from "./formats/source.ts";
import { formats, HEAD, type PictureFormat } from "./picture-format.ts";

/** Milliseconds after which an upload that no notice uses is deleted. */
const ABANDONED = 24 * 3_600_000;
/** The file names that save() makes. Other files in the folder are never deleted. */
const OURS = /^(\.[0-9a-f-]{36}|[0-9a-f-]{36}\.[a-z]{3,4})$/;
/** Names in one query: Postgres takes at most 65,535 parameters. */
const BATCH = 1000;

/** An upload that is refused. The message is for the visitor. */
export class BadPicture extends Error {
  override readonly name = "BadPicture";
  /** 413 (too large), 415 (not a picture), 422 (incomplete), 429 or 503 (too many), 507 (no room). */
  readonly status: 413 | 415 | 422 | 429 | 503 | 507;
  /** Seconds after which a retry may succeed; undefined: never. */
  readonly retryAfter: number | undefined;

  constructor(status: BadPicture["status"], message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
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
   * Writes an upload to the disk while it is received, then a copy without its metadata.
   * @returns its name, which cannot be guessed
   * @throws BadPicture, after the upload has been read to its end
   */
  async save(upload: AsyncIterable<Buffer>): Promise<string> {
    try {
      return await this.#save(upload);
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      // Not begun, if there was no room for an empty file.
      for await (const _ of upload);
      throw noRoom();
    }
  }

  async #save(upload: AsyncIterable<Buffer>): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    await using received = await this.#draft();
    await using cleaned = await this.#draft();
    const { format, size } = await this.#write(upload, received.file);
    await copyPicture(format, new Source(received.file, size), cleaned.file);
    await cleaned.file.sync();
    const name = `${randomUUID()}.${format.extension}`;
    await rename(cleaned.path, join(this.#directory, name));
    return name;
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

  /** A new file, which is closed and removed with this unless it was renamed. */
  async #draft(): Promise<AsyncDisposable & { readonly path: string; readonly file: FileHandle }> {
    const path = join(this.#directory, `.${randomUUID()}`);
    const file = await open(path, "wx+", 0o644);
    const remove = async (): Promise<void> => {
      await file.close();
      await rm(path, { force: true });
    };
    return { path, file, [Symbol.asyncDispose]: remove };
  }

  async #write(
    upload: AsyncIterable<Buffer>,
    file: FileHandle,
  ): Promise<{ readonly format: PictureFormat; readonly size: number }> {
    let head = Buffer.alloc(0);
    let size = 0;
    let hasRoom = true;
    for await (const chunk of upload) {
      size += chunk.length;
      if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD)]);
      const isAccepted = size <= this.limit && (size < HEAD || formatOf(head) !== undefined);
      // Read on: a browser shows the response only after it has sent the whole request.
      if (!isAccepted || !hasRoom) continue;
      hasRoom = await append(file, chunk);
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
    if (!hasRoom) throw noRoom();
    return { format, size };
  }
}

/** @returns false if the disk is full */
async function append(file: FileHandle, bytes: Uint8Array): Promise<boolean> {
  try {
    // Unlike write(), all of it: what is left of a disk may take a part.
    await file.writeFile(bytes);
    return true;
  } catch (error) {
    if (isNoRoom(error)) return false;
    throw error;
  }
}

const noRoom = (): BadPicture =>
  new BadPicture(507, "There is no room for pictures at the moment. Please try again later.");

/** The disk, or what this user may have of it, is used up. */
const isNoRoom = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT"].includes(String(error.code));

async function copyPicture(format: PictureFormat, from: Source, to: FileHandle): Promise<void> {
  try {
    const kept = await format.kept(from);
    for await (const piece of kept.content(from)) await to.writeFile(piece);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    throw new BadPicture(422, "This picture is incomplete. The file may be damaged.");
  }
}

const formatOf = (head: Buffer): PictureFormat | undefined =>
  formats.find((format) => format.begins(head.toString("latin1")));

/** Formats a number of bytes: "5 MB". */
export function inWords(bytes: number): string {
  const megabytes = bytes / 1024 ** 2;
  return megabytes >= 1 ? `${Number(megabytes.toFixed(1))} MB` : `${Math.floor(bytes / 1024)} KB`;
}
