import type { WebSettings } from "./settings.ts";

/**
 * What the site is: which paths are files of the edge's own disk, and where all others go. What
 * differs between two deployments of the same site is a setting instead.
 */
export interface Site {
  readonly files: readonly FileMount[];
}

export interface FileMount {
  /** The prefix of the paths, with both slashes. */
  readonly prefix: string;
  /** The folder that holds the files. */
  readonly folder: string;
  /** The names change with the content, so that browsers may keep a file forever. */
  readonly immutable: boolean;
}

/** A path that no mount takes is proxied to the application. */
export function site(settings: WebSettings): Site {
  return {
    files: [{ prefix: "/assets/", folder: settings.assets, immutable: true }],
  };
}
