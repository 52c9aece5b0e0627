import { requireChecks } from "../checks/check.ts";
import { START_CHECKS } from "../checks/table.ts";
import { openClone } from "../clone.ts";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import { accessoryImages, ensureImages, renewImages, stackImages } from "../images.ts";
import { prepare } from "../prepare.ts";
import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import { Stages } from "../stages.ts";
import { buildRelease } from "./images.ts";
import { requireExpansion } from "./migrations/require.ts";
import type { Release } from "./release.ts";
import { type Released, runRelease } from "./release-command.ts";

/** A finished `make up` or `make deploy`. */
export interface Deployment extends Released {
  readonly stack: Stack;
  readonly stages: Stages;
}

/**
 * Builds the working tree and has it run: `make up` starts a stack that does not run, `make deploy` only
 * changes one that does.
 * @throws Problem
 */
export async function deployTree(command: "up" | "deploy"): Promise<Deployment> {
  const clone = openClone();
  const stages = new Stages();
  await prepare(clone, stages);
  const environment = await readEnvironment(clone);
  const stack = { clone, settings: valuesOf(environment) };
  await stages.run("checks", async () => {
    await requireChecks({ clone, environment }, START_CHECKS);
    return "ports, disk, images and secrets are fine";
  });
  const warnings: string[] = [];
  const get = process.env.PULL === "1" ? renewImages : ensureImages;
  await stages.run("base images", async (say) => {
    const { settings } = stack;
    const needed = await get(settings, stackImages(settings), say);
    const accessories = accessoryImages(environment);
    if (accessories.length === 0) return needed;
    try {
      return `${needed}; accessories: ${await get(settings, accessories, say)}`;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      warnings.push(error.message);
      return `${needed}; accessories: ${error.message}`;
    }
  });
  const choose = async (_: unknown, running: boolean): Promise<Release> => {
    if (command === "deploy" && !running) {
      throw new Problem("there is no running stack to deploy to: make up starts one");
    }
    if (running) await stages.run("migrations", () => requireExpansion(stack));
    let release: Release | undefined;
    await stages.run("build", async () => {
      release = await buildRelease(stack, !running);
      return `${release.app}, ${release.web}`;
    });
    if (release === undefined) throw new Error("unreachable: a build makes a release or throws");
    return release;
  };
  const done = await runRelease({ command, stack, stages, choose });
  return { ...done, warnings: [...warnings, ...done.warnings], stack, stages };
}
