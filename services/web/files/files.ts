import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { FileMount } from "../site/site.ts";
import type { FileMemory } from "./file-memory.ts";
import { fileName, isHashed, noSuchFile } from "./file-name.ts";
import { type ApplicationHead, sendFile } from "./file-response.ts";
import { StoredFile } from "./stored-file.ts";

/** Serves the files of one mount; nothing outside of it, nothing hidden. */
export class Files {
  readonly prefix: string;
  readonly #mount: FileMount;
  readonly #memory: FileMemory;
  readonly #siblings: boolean;

  constructor(mount: FileMount, memory: FileMemory, siblings: boolean) {
    this.prefix = mount.prefix;
    this.#mount = mount;
    this.#memory = memory;
    this.#siblings = siblings;
  }

  /**
   * Responds with a file of the mount.
   * @returns false where there is none and the mount passes the request to the application
   * @throws EdgeError 400, 404, 405 or 406
   */
  serve(exchange: Exchange): boolean | Promise<boolean> {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      if (this.#mount.fallback === "proxy") return false;
      throw new EdgeError("method-not-allowed", 405, "Files can only be read.");
    }
    const path = pathOf(exchange.target);
    // The path of nearly every request: no promise, no disk. Files in memory have decoded names, so
    // that an encoded path is never one of them.
    const kept = path.includes("%") ? undefined : this.#memory.fresh(this.#key(this.#within(path)));
    if (kept === undefined) return this.#serveFromDisk(exchange, path);
    exchange.servedBy = "files";
    const sending = sendFile(exchange, kept, undefined);
    return sending === undefined ? true : sending.then(() => true);
  }

  /** @param path as in a request: encoded, with the mount's prefix. @throws EdgeError 400 or 404 */
  async send(exchange: Exchange, path: string, application: ApplicationHead): Promise<void> {
    const file = await this.#find(fileName(this.#within(pathOf(path))));
    if (typeof file !== "object") throw noSuchFile();
    await sendFile(exchange, file, application);
  }

  async #serveFromDisk(exchange: Exchange, path: string): Promise<boolean> {
    let file: StoredFile | "folder" | undefined;
    try {
      const name = fileName(this.#within(path));
      const isFolder = name === "" || name.endsWith("/");
      file = await this.#find(isFolder ? this.#indexOf(name) : name);
      if (file === "folder" && (await this.#hasIndex(`${name}/`))) {
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
    await sendFile(exchange, file, undefined);
    return true;
  }

  /** @throws EdgeError 404 where the mount's folders have no index. */
  #indexOf(folder: string): string {
    if (this.#mount.index === undefined) throw noSuchFile();
    return folder + this.#mount.index;
  }

  async #hasIndex(folder: string): Promise<boolean> {
    if (this.#mount.index === undefined) return false;
    return typeof (await this.#find(this.#indexOf(folder))) === "object";
  }

  #find(name: string): Promise<StoredFile | "folder" | undefined> {
    const { folder, immutable } = this.#mount;
    return this.#memory.find(this.#key(name), () =>
      StoredFile.load(folder, name, {
        siblings: this.#siblings,
        immutable: immutable === "all" || (immutable && isHashed(name)),
      }),
    );
  }

  #within(path: string): string {
    return path.slice(this.prefix.length);
  }

  /**
   * The key of a file in memory. The line feed, which no name contains, keeps mounts apart: a decoded
   * name of "/" may begin like the prefix of a protected mount ("/%70rotected-media/").
   */
  #key(name: string): string {
    return `${this.prefix}\n${name}`;
  }
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}

/**
 * Redirects to the folder's own path, so that links relative to its index work. The path has passed
 * `fileName`: no second slash and no backslash follows its first one, so that no browser takes it
 * for another host.
 */
function redirectTo(exchange: Exchange, path: string): void {
  exchange.servedBy = "files";
  const query = exchange.target.slice(pathOf(exchange.target).length);
  exchange.respond(308, ["Location", path + query, "Content-Length", "0"], undefined);
}
