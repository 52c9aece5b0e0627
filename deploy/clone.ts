import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { layout } from "./layout.ts";
import { readOrigin } from "./project/origin.ts";

/** The files of a clone of this repository that its commands read and write. */
export interface Clone {
  /** The clone's own folder, with symbolic links resolved. */
  readonly root: string;
  readonly envFile: string;
  readonly envExample: string;
  /** The application's own variables; it need not exist. */
  readonly applicationEnvFile: string;
  readonly secrets: string;
  /** The name of its Compose project, made from its path: two clones never share one. */
  readonly project: string;
}

/** The clone in a folder; default: the one that this file belongs to, or the project that uses it. */
export function openClone(folder: string = layout.root): Clone {
  const root = realpathSync(folder);
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 8);
  return {
    root,
    envFile: join(root, ".env"),
    envExample: join(root, ".env.example"),
    applicationEnvFile: join(root, "app.env"),
    secrets: join(root, "secrets"),
    project: `${readOrigin(root)?.name ?? "gatehouse"}-${hash}`,
  };
}
