import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Logger } from "@gatehouse/telemetry";
import { LIVE, type Mode, readMode } from "./mode.ts";

/** Keeps the mode over a restart of the edge. */
export class ModeFile {
  readonly #path: string;
  readonly #logger: Logger;

  /** @param path "" keeps nothing */
  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** The mode that was kept; live where there is none, or none that can be read. */
  read(): Mode {
    if (this.#path === "") return LIVE;
    try {
      return readMode(readFileSync(this.#path, "utf8"));
    } catch (error) {
      const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!absent) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn("state file ignored: the site is live", { path: this.#path, reason });
      }
      return LIVE;
    }
  }

  /**
   * Writes the mode so that a reader finds the old one or the new one, whole.
   * @throws Error when that is not possible.
   */
  write(mode: Mode): void {
    if (this.#path === "") return;
    const draft = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(draft, `${JSON.stringify(mode)}\n`, { flush: true });
      renameSync(draft, this.#path);
    } catch (error) {
      throw new Error(`a restart would forget it, so nothing was changed: ${error}`);
    }
  }
}
