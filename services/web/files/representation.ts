import type { Coding } from "./accept-encoding.ts";
import { isUnchanged, type OpenedFile } from "./opened-file.ts";

/** Larger files are read from disk as they are sent. Bytes. */
const IN_MEMORY = 1024 * 1024;

export interface About {
  readonly type: string;
  readonly cacheControl: string;
  /** Whether there are several, between which Accept-Encoding decides. */
  readonly varies: boolean;
}

/** A file in one coding: its content in memory, or open on the disk. Lists are flat lists of fields. */
export class Representation {
  readonly size: number;
  /** Strong, with its quotes: each coding has its own (RFC 9110, section 8.8.3.3). */
  readonly etag: string;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly type: string;
  readonly content: Buffer | undefined;
  readonly state: string;
  readonly validators: readonly string[];
  /** The fields of a response without content, besides the validators. */
  readonly caching: readonly string[];
  /** The fields of a response with any of the content, besides its length. */
  readonly describing: readonly string[];
  /** All fields of a response with the whole content. */
  readonly whole: readonly string[];
  readonly #file: OpenedFile | undefined;

  private constructor(
    file: OpenedFile,
    coding: Coding,
    { type, cacheControl, varies }: About,
    content: Buffer | undefined,
  ) {
    this.size = content?.length ?? file.size;
    const version = `${file.modifiedNs.toString(36)}-${this.size.toString(36)}`;
    this.etag = coding === "identity" ? `"${version}"` : `"${version}-${coding}"`;
    this.modified = Number(file.modifiedNs / 1_000_000_000n);
    this.type = type;
    this.content = content;
    this.state = file.state;
    this.#file = content === undefined ? file : undefined;
    const date = new Date(this.modified * 1000).toUTCString();
    this.validators = ["ETag", this.etag, "Last-Modified", date];
    this.caching = ["Cache-Control", cacheControl, ...(varies ? ["Vary", "Accept-Encoding"] : [])];
    this.describing = [
      ...["Content-Type", type],
      ...(coding === "identity" ? [] : ["Content-Encoding", coding]),
      ...this.validators,
      ...this.caching,
      // A browser must not take a file for anything but what its type says.
      ...["Accept-Ranges", "bytes", "X-Content-Type-Options", "nosniff"],
    ];
    this.whole = ["Content-Length", String(this.size), ...this.describing];
  }

  /** Reads a small file and closes it; a large one stays open. */
  static async of(file: OpenedFile, coding: Coding, about: About) {
    if (file.size > IN_MEMORY) return new Representation(file, coding, about, undefined);
    await using handle = file.handle;
    return new Representation(file, coding, about, await handle.readFile());
  }

  /** @throws Error where the file was written into: its parts would not belong together */
  async read(position: number, length: number): Promise<Buffer> {
    const file = this.#file;
    if (file === undefined) throw new Error("read: the file is in memory");
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.handle.read(buffer, 0, length, position);
    if (bytesRead < length || !isUnchanged(file)) {
      throw new Error("the file was written into while it was sent");
    }
    return buffer;
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
  }
}
