import type { Clone } from "../clone.ts";
import type { Environment } from "../env/environment.ts";

/** What one check found: good news, or a problem with its fix in the same line. */
export interface Finding {
  readonly ok: boolean;
  readonly text: string;
  /** What a command ends with because of it: 78 for a setting, 69 for a service out of reach. */
  readonly exitCode: number;
}

/** What checks look at. */
export interface Ground {
  readonly clone: Clone;
  readonly environment: Environment;
}

/** One row of the doctor's table. */
export interface Check {
  readonly name: string;
  /** The checks without whose success this one has nothing to look at. */
  readonly needs: readonly string[];
  readonly check: (ground: Ground) => Promise<readonly Finding[]>;
}

export function good(text: string): Finding {
  return { ok: true, text, exitCode: 0 };
}

export function bad(text: string, exitCode = 1): Finding {
  return { ok: false, text, exitCode };
}
