import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Logger, reasonOf } from "@gatehouse/telemetry";
import { PASS_SUM } from "./pass.ts";

/**
 * What the edge does with requests for the application. live: forwards them. paused: holds each for
 * up to `longest` milliseconds. maintenance: refuses them with a message,
 * except those of a client that has the token whose SHA-256 is `pass`.
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

/** What outlives the edge: its mode, and the share of clients for a canary, in percent; 0 for none. */
export interface Kept {
  readonly mode: Mode;
  readonly canary: number;
}

const NOTHING: Kept = { mode: LIVE, canary: 0 };

/** Keeps mode and canary over a restart of the edge. */
export class ModeFile {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /** What was kept; live without a canary where there is nothing, or nothing that can be read. */
  read(): Kept {
    if (this.#path === "") return NOTHING;
    try {
      return parseKept(JSON.parse(readFileSync(this.#path, "utf8")));
    } catch (error) {
      const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
      const line = { path: this.#path, reason: reasonOf(error) };
      if (!absent) this.#logger.warn("state file ignored: the site is live", line);
      return NOTHING;
    }
  }

  /** Replaces the file as a whole. @throws Error when that is not possible. */
  write({ mode, canary }: Kept): void {
    if (this.#path === "") return;
    // Each edge is process 1 of its container.
    const draft = `${this.#path}.${randomUUID()}`;
    try {
      writeFileSync(draft, `${JSON.stringify({ ...mode, ...(canary > 0 ? { canary } : {}) })}\n`, {
        flush: true,
      });
      renameSync(draft, this.#path);
    } catch (error) {
      throw new Error(`a restart would forget it, so nothing was changed: ${error}`);
    }
  }
}

/** Whether a number is a share that a canary may have. */
export function isShare(percent: number): boolean {
  return percent >= 0 && percent <= 100;
}

function parseKept(kept: unknown): Kept {
  const mode = parseMode(kept);
  const share = typeof kept === "object" && kept && "canary" in kept ? Number(kept.canary) : 0;
  return { mode, canary: isShare(share) ? share : 0 };
}

function parseMode(mode: unknown): Mode {
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
