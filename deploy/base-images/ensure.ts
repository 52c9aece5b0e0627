import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { seconds } from "../stages.ts";
import { makeDebian } from "./debian.ts";
import { buildStandIn } from "./dockerfile.ts";
import { failureOf } from "./failure.ts";
import { findImage, megabytes } from "./image.ts";
import { STAND_INS, type StandInName, withBases } from "./stand-ins.ts";

export interface EnsureOptions {
  /** Takes one line for each image: `debian        16.2 s   127 MB`. */
  readonly say: (line: string) => void;
  /** Makes images anew that are there already, their bases included. */
  readonly rebuild?: boolean;
  /** Shows the output of the builds while they run; default: VERBOSE=1. */
  readonly verbose?: boolean;
}

/**
 * Makes the stand-in images that the engine does not have yet, and what they are built on.
 * @throws Problem (exit code 69) if one cannot be made; those made before it stay
 */
export async function ensureBaseImages(
  names: readonly StandInName[],
  options: EnsureOptions,
): Promise<void> {
  const wanted = options.rebuild === true ? names : await absent(names, options.say);
  for (const name of withBases(wanted)) {
    // A base counts only where something is built on it.
    const there = options.rebuild === true ? undefined : await findImage(STAND_INS[name].tag);
    if (there === undefined) await make(name, options);
  }
}

async function absent(
  names: readonly StandInName[],
  say: (line: string) => void,
): Promise<StandInName[]> {
  const images = await Promise.all(
    names.map(async (name) => ({ name, image: await findImage(STAND_INS[name].tag) })),
  );
  return images.flatMap(({ name, image }) => {
    if (image === undefined) return [name];
    say(line(name, "present", image.size));
    return [];
  });
}

async function make(name: StandInName, options: EnsureOptions): Promise<void> {
  const { tag } = STAND_INS[name];
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
  // The image that the tag named before is nobody's any more, unless something is built on it.
  if (before !== undefined && before.id !== image?.id)
    await run("docker", ["image", "rm", before.id]);
  options.say(line(name, seconds(performance.now() - start), image?.size ?? 0));
}

function line(name: StandInName, time: string, size: number): string {
  return `${name.padEnd(10)} ${time.padStart(8)} ${megabytes(size).padStart(8)}`;
}
