import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, VERBOSE } from "../../command.ts";
import { findImage } from "../../docker.ts";
import { printError } from "../../print.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { seconds } from "../../stages.ts";
import { makeDebian } from "./debian.ts";
import { buildStandIn } from "./dockerfile.ts";
import { failureOf } from "./failure.ts";
import { formerTag, type StandInName, standInTag, withBases } from "./stand-ins.ts";

type Say = (line: string) => void;

/**
 * Makes the stand-in images that the engine does not have yet, and their bases.
 * @param say receives one line for each image: `debian        16.2 s   127 MB`
 * @param rebuild also makes images that exist, and their bases
 * @throws Problem (exit code 69) if one cannot be made; images that were made before stay
 */
export async function ensureStandIns(
  names: readonly StandInName[],
  say: Say,
  rebuild = false,
): Promise<void> {
  if (!rebuild) await adoptFormer(names);
  const absent: StandInName[] = [];
  for (const name of names) {
    const image = rebuild ? undefined : await findImage(standInTag(name));
    if (image === undefined) absent.push(name);
    else say(line(name, "present", image.size));
  }
  // Of the bases, only those of images that are made.
  for (const name of withBases(absent)) {
    const before = await findImage(standInTag(name));
    if (rebuild || before === undefined) await make(name, before?.id, say);
  }
}

/**
 * Gives the images of these stand-ins that were made under the former names, and their bases, the names of today. One that
 * came from a registry has a digest of it, and is a stranger's.
 */
export async function adoptFormer(names: readonly StandInName[]): Promise<void> {
  for (const name of withBases(names)) {
    const former = formerTag(name);
    if ((await findImage(standInTag(name))) !== undefined) continue;
    const digests = ["image", "inspect", "--format", "{{len .RepoDigests}}", former];
    const { stdout } = await run("docker", digests);
    if (stdout.trim() === "0") await run("docker", ["tag", former, standInTag(name)]);
  }
}

async function make(name: StandInName, oldId: string | undefined, say: Say): Promise<void> {
  const tag = standInTag(name);
  const start = performance.now();
  using folder = mkdtempDisposableSync(join(tmpdir(), `gatehouse-${name}-`));
  const result =
    name === "debian" ? await makeDebian(tag, folder.path) : await buildStandIn(name, folder.path);
  if (result.code !== 0) {
    const { message, lines } = failureOf(name, result);
    if (!VERBOSE && lines.length > 0) printError(`${lines.join("\n")}\n`);
    throw new Problem(message, UNAVAILABLE_EXIT_CODE);
  }
  const image = await findImage(tag);
  // Docker refuses to remove the old image while another one is built on it.
  if (oldId !== undefined && oldId !== image?.id) await run("docker", ["image", "rm", oldId]);
  say(line(name, seconds(performance.now() - start), image?.size ?? 0));
}

function line(name: StandInName, time: string, size: number): string {
  return `${name.padEnd(10)} ${time.padStart(8)} ${`${Math.round(size / 1e6)} MB`.padStart(8)}`;
}
