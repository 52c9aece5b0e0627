import type { AppValues } from "../../settings.ts";

/** What a check looks at. */
export interface Ground {
  readonly values: AppValues;
  /** The environment of the process: in the containers it holds the whole .env of the stack. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One row of what must hold before strangers may reach the site. */
export interface Check {
  readonly id: string;
  /** What must hold. */
  readonly what: string;
  /** What happens where it does not. */
  readonly why: string;
  readonly fix: string;
  /** Looks; what was found instead, in words, or undefined where all is well. */
  readonly look: (ground: Ground) => Promise<string | undefined>;
}
