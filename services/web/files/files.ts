import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { FileMount } from "../site/site.ts";
import { answerWithFile, type Wrapping } from "./file-answer.ts";
import type { FileMemory } from "./file-memory.ts";
import { fileName, noSuchFile } from "./file-name.ts";
import { type Manner, StoredFile } from "./stored-file.ts";

/** Larger files are read from disk as they are sent. Bytes. */
const IN_MEMORY = 1024 * 1024;

const YEAR = "public, max-age=31536000, immutable";
/** A browser may keep it, but asks each time whether it is still the same. */
const ASK = "no-cache";

/** A name that bears a hash of its content: style.3f2a9c1b.css, index-DiwrgTda.js. */
const HASHED = /[.-](?:[0-9a-f]{8,}|(?=[\w-]*[0-9A-Z])[\w-]{8,})\.[^/]+$/;

/** Serves the files of one mount; nothing outside of it, nothing hidden. */
export class Files {
  readonly #mount: FileMount;
  readonly #memory: FileMemory;
  readonly #siblings: boolean;

  /** @param siblings whether compressed forms are looked for beside the files */
  constructor(mount: FileMount, memory: FileMemory, siblings: boolean) {
    this.#mount = mount;
    this.#memory = memory;
    this.#siblings = siblings;
  }

  get prefix(): string {
    return this.#mount.prefix;
  }

  /**
   * Answers with a file of the mount.
   * @returns false where there is none and the application is to be asked, as the mount says
   * @throws EdgeError 400, 404, 405 or 406
   */
  serve(exchange: Exchange): boolean | Promise<boolean> {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      if (this.#mount.fallback === "proxy") return false;
      throw new EdgeError("method-not-allowed", 405, "Files can only be read.");
    }
    const path = pathOf(exchange.target);
    // The way of nearly every request: no promise, no look at the disk. What is kept lies under
    // decoded names, so that a path with an encoding is none.
    const kept = path.includes("%") ? undefined : this.#memory.fresh(this.#key(this.#within(path)));
    if (kept === undefined) return this.#serveFromDisk(exchange, path);
    exchange.servedBy = "files";
    const sending = answerWithFile(exchange, kept, undefined);
    return sending === undefined ? true : sending.then(() => true);
  }

  /**
   * Answers with the file that the application named.
   * @param path as it would stand in a request: encoded, with the mount's prefix
   * @throws EdgeError 400 or 404
   */
  async send(exchange: Exchange, path: string, wrapping: Wrapping): Promise<void> {
    const found = await this.#find(fileName(this.#within(pathOf(path))));
    if (typeof found !== "object") throw noSuchFile();
    await answerWithFile(exchange, found, wrapping);
  }

  async #serveFromDisk(exchange: Exchange, path: string): Promise<boolean> {
    let file: StoredFile | "folder" | undefined;
    try {
      const name = fileName(this.#within(path));
      file = await this.#find(isFolder(name) ? this.#indexOf(name) : name);
      const slashless = file === "folder" && (await this.#hasIndex(`${name}/`));
      if (slashless) {
        redirectTo(exchange, `${path}/`);
        return true;
      }
      if (typeof file !== "object") throw noSuchFile();
    } catch (error) {
      const { fallback } = this.#mount;
      if (fallback === undefined || !(error instanceof EdgeError)) throw error;
      if (fallback === "proxy") return false;
      file = await this.#find(fallback);
      if (typeof file !== "object") throw error;
    }
    exchange.servedBy = "files";
    await answerWithFile(exchange, file, undefined);
    return true;
  }

  /** @throws EdgeError 404 where folders show nothing. */
  #indexOf(folder: string): string {
    if (this.#mount.index === undefined) throw noSuchFile();
    return folder + this.#mount.index;
  }

  async #hasIndex(folder: string): Promise<boolean> {
    if (this.#mount.index === undefined) return false;
    return typeof (await this.#find(this.#indexOf(folder))) === "object";
  }

  #find(name: string): Promise<StoredFile | "folder" | undefined> {
    const { folder } = this.#mount;
    return this.#memory.find(this.#key(name), () =>
      StoredFile.load(folder, name, this.#manner(name)),
    );
  }

  /** A path without the mount's prefix. */
  #within(path: string): string {
    return path.slice(this.prefix.length);
  }

  /**
   * What a file is kept under. The line's end, which no name holds, keeps mounts apart: decoded, a
   * name of "/" may begin like the prefix of a protected mount ("/%70rotected-media/").
   */
  #key(name: string): string {
    return `${this.prefix}\n${name}`;
  }

  #manner(name: string): Manner {
    const immutable = this.#mount.immutable && HASHED.test(name);
    return {
      inMemory: IN_MEMORY,
      siblings: this.#siblings,
      cacheControl: immutable ? YEAR : ASK,
      immutable,
    };
  }
}

function isFolder(name: string): boolean {
  return name === "" || name.endsWith("/");
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/**
 * Leads to the folder's own path, so that links relative to its index fit. The path has been judged:
 * it begins with one slash, behind which no second one and no backslash stands, so that no browser
 * takes it for another host.
 */
function redirectTo(exchange: Exchange, path: string): void {
  exchange.servedBy = "files";
  const query = exchange.target.slice(pathOf(exchange.target).length);
  exchange.respond(308, ["Location", path + query, "Content-Length", "0"], undefined);
}
