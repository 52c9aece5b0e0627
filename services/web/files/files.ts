import { createReadStream } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { lookup } from "mrmime";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { FileMount } from "../site/site.ts";

const KEPT_FILE = 1024 * 1024;
const KEPT_TOTAL = 64 * 1024 * 1024;
const IMMUTABLE = "public, max-age=31536000, immutable";

/** A file that is ready to be sent; the content of a large one stays on disk. */
interface ServedFile {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  readonly modified: string;
  readonly type: string;
  readonly content: Buffer | undefined;
}

/** Serves the files of one folder; nothing outside of it, nothing hidden. */
export class Files {
  readonly #mount: FileMount;
  readonly #kept = new Map<string, ServedFile>();
  #keptBytes = 0;

  constructor(mount: FileMount) {
    this.#mount = mount;
  }

  get prefix(): string {
    return this.#mount.prefix;
  }

  /** @throws EdgeError 400, 404 or 405. */
  async serve(exchange: Exchange): Promise<void> {
    exchange.servedBy = "files";
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      throw new EdgeError("method-not-allowed", 405, "Files can only be read.");
    }
    const file = await this.#find(relativePath(exchange.target, this.prefix));
    const validators = ["ETag", file.etag, "Last-Modified", file.modified];
    const caching = ["Cache-Control", this.#mount.immutable ? IMMUTABLE : "no-cache"];
    if (matches(exchange.request.headers["if-none-match"], file.etag)) {
      exchange.answer(304, [...validators, ...caching], undefined);
      return;
    }
    const about = ["Content-Type", file.type, "Content-Length", String(file.size)];
    const fields = [...about, ...validators, ...caching, ...HARMLESS];
    if (exchange.method === "HEAD" || file.content !== undefined) {
      exchange.answer(200, fields, file.content);
    } else {
      exchange.head(200, fields, "");
      await stream(file, exchange);
    }
  }

  async #find(name: string): Promise<ServedFile> {
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const file = await read(this.#mount.folder, name);
    const fits = file.content !== undefined && this.#keptBytes + file.size <= KEPT_TOTAL;
    if (this.#mount.immutable && fits) {
      this.#kept.set(name, file);
      this.#keptBytes += file.size;
    }
    return file;
  }
}

/** A browser must not take a file for anything but what its type says. */
const HARMLESS = ["X-Content-Type-Options", "nosniff"];

function relativePath(target: string, prefix: string): string {
  const path = target.slice(prefix.length).split("?", 1)[0] ?? "";
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    throw new EdgeError("bad-request", 400, "The address is not well-formed.");
  }
  const hidden = name.split("/").some((part) => part === "" || part.startsWith("."));
  if (hidden || /[\0\\]/.test(name)) throw notFound();
  return name;
}

async function read(folder: string, name: string): Promise<ServedFile> {
  const root = await realpath(folder).catch(missing);
  const path = await realpath(join(root, name)).catch(missing);
  // A link may lie in the folder, but must not lead out of it.
  if (!path.startsWith(root + sep)) throw notFound();
  await using handle = await open(path).catch(missing);
  const stat = await handle.stat({ bigint: true });
  if (!stat.isFile()) throw notFound();
  const size = Number(stat.size);
  return {
    path,
    size,
    etag: `"${stat.mtimeNs.toString(36)}-${size.toString(36)}"`,
    modified: stat.mtime.toUTCString(),
    type: contentType(path),
    content: size <= KEPT_FILE ? await handle.readFile() : undefined,
  };
}

async function stream(file: ServedFile, exchange: Exchange): Promise<void> {
  for await (const chunk of createReadStream(file.path, { end: file.size - 1 })) {
    if (exchange.closed) return;
    if (!exchange.data(chunk)) await exchange.drained();
  }
  if (exchange.bytes < file.size) throw new Error(`${file.path} became shorter while it was sent`);
  exchange.end([]);
}

/** Text without a charset would be read as whatever the browser guesses. */
function contentType(path: string): string {
  const type = lookup(path) ?? "application/octet-stream";
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type;
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(",")
    .some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

function missing(error: NodeJS.ErrnoException): never {
  if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ENAMETOOLONG") {
    throw notFound();
  }
  throw error;
}

function notFound(): EdgeError {
  return new EdgeError("not-found", 404, "There is no such file.");
}
