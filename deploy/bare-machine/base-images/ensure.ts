import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../command.ts";
import { findImage } from "../../docker.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { seconds } from "../../stages.ts";
import { makeDebian } from "./debian.ts";
import { buildStandIn } from "./dockerfile.ts";
import { failureOf } from "./failure.ts";
import { type StandInName, standInTag, withBases } from "./stand-ins.ts";

interface EnsureOptions {
  /** Receives one line for each image: `debian        16.2 s   127 MB`. */
  readonly say: (line: string) => void;
  /** Also makes images that exist, and their bases. */
  readonly rebuild?: boolean;
  /** Shows the output of the builds while they run; default: VERBOSE=1. */
  readonly verbose?: boolean;
}

/**
 * Makes the stand-in images that the engine does not have yet, and their bases.
 * @throws Problem (exit code 69) if one cannot be made; images that were made before stay
 */
export async function ensureStandIns(
  names: readonly StandInName[],
  options: EnsureOptions,
): Promise<void> {
  const wanted = options.rebuild === true ? names : await absent(names, options.say);
  for (const name of withBases(wanted)) {
    // The bases come in here: only those of images that are made.
    const there = options.rebuild === true ? undefined : await findImage(standInTag(name));
    if (there === undefined) await make(name, options);
  }
}

async function absent(
  names: readonly StandInName[],
  say: (line: string) => void,
): Promise<StandInName[]> {
  const images = await Promise.all(
    names.map(async (name) => ({ name, image: await findImage(standInTag(name)) })),
  );
  return images.flatMap(({ name, image }) => {
    if (image === undefined) return [name];
    say(line(name, "present", image.size));
    return [];
  });
}

async function make(name: StandInName, options: EnsureOptions): Promise<void> {
  const tag = standInTag(name);
  const verbose = options.verbose ?? process.env.VERBOSE === "1";
  const start = performance.now();
  const before = await findImage(tag);
  const folder = mkdtempSync(join(tmpdir(), `gatehouse-${name}-`));
  try {
    const result =
      name === "debian"
        ? await makeDebian(tag, folder, verbose)
        : await buildStandIn(name, folder, verbose);
    if (result.code !== 0) {
      const { message, lines } = failureOf(name, result);
      if (!verbose && lines.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
      throw new Problem(message, UNAVAILABLE_EXIT_CODE);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const image = await findImage(tag);
  // Docker refuses to remove the old image while another one is built on it.
  if (before !== undefined && before.id !== image?.id) {
    await run("docker", ["image", "rm", before.id]);
  }
  options.say(line(name, seconds(performance.now() - start), image?.size ?? 0));
}

function line(name: StandInName, time: string, size: number): string {
  return `${name.padEnd(10)} ${time.padStart(8)} ${`${Math.round(size / 1e6)} MB`.padStart(8)}`;
}
