import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Logger, reasonOf } from "@gatehouse/telemetry";
import { PASS_SUM } from "./pass.ts";

/**
 * What the edge does with requests for the application. live: forwards them. paused: holds each for
 * up to `longest` milliseconds. maintenance: refuses them with a message,
 * except those of a client that has the word whose SHA-256 is `pass`.
 */
export type Mode =
  | { readonly kind: "live" }
  | { readonly kind: "paused"; readonly longest: number }
  | {
      readonly kind: "maintenance";
      readonly message: string;
      readonly pass?: string | undefined;
    };

export const LIVE: Mode = { kind: "live" };

/** Keeps the mode over a restart of the edge. */
export class ModeFile {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** The mode that was kept; live where there is none, or none that can be read. */
  read(): Mode {
    if (this.#path === "") return LIVE;
    try {
      return parseMode(readFileSync(this.#path, "utf8"));
    } catch (error) {
      const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
      const line = { path: this.#path, reason: reasonOf(error) };
      if (!absent) this.#logger.warn("state file ignored: the site is live", line);
      return LIVE;
    }
  }

  /** Replaces the file as a whole. @throws Error when that is not possible. */
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

function parseMode(text: string): Mode {
  const mode: unknown = JSON.parse(text);
  if (typeof mode !== "object" || mode === null || !("kind" in mode)) {
    throw new Error("expected an object with `kind`");
  }
  if (mode.kind === "live") return LIVE;
  if (mode.kind === "paused" && "longest" in mode && typeof mode.longest === "number") {
    return { kind: "paused", longest: mode.longest };
  }
  if (mode.kind === "maintenance" && "message" in mode && typeof mode.message === "string") {
    const pass = "pass" in mode && PASS_SUM.test(String(mode.pass)) ? String(mode.pass) : undefined;
    return { kind: "maintenance", message: mode.message, pass };
  }
  throw new Error("expected the kind live, paused with `longest`, or maintenance with `message`");
}
