import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { join } from "node:path";

/** The files of one clone of this repository that its commands read and write. */
export interface Clone {
  /** The clone's own folder, with symbolic links resolved. */
  readonly root: string;
  readonly envFile: string;
  readonly envExample: string;
  readonly secrets: string;
  /** The Compose project that this clone gets: made from its path, so two clones never clash. */
  readonly project: string;
}

/** The clone that this file belongs to, or the one in another folder. */
export function openClone(folder: string = join(import.meta.dirname, "..")): Clone {
  const root = realpathSync(folder);
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 8);
  return {
    root,
    envFile: join(root, ".env"),
    envExample: join(root, ".env.example"),
    secrets: join(root, "secrets"),
    project: `gatehouse-${hash}`,
  };
}
