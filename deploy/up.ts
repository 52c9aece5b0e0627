import { insist } from "./checks/examine.ts";
import { START_CHECKS } from "./checks/table.ts";
import { openClone } from "./clone.ts";
import { entry } from "./entry.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { ensureImages, stackImages } from "./images.ts";
import { PREPARE_STAGES, prepare } from "./prepare.ts";
import { announce } from "./stack/announce.ts";
import { build } from "./stack/build.ts";
import { startOrUndo } from "./stack/start-or-undo.ts";
import { Stages } from "./stages.ts";

await entry(async () => {
  const clone = openClone();
  const stages = new Stages(PREPARE_STAGES + 4);
  await prepare(clone, stages);
  const environment = await readEnvironment(clone);
  const stack = { clone, settings: valuesOf(environment) };
  await stages.run("checks", async () => {
    await insist({ clone, environment }, START_CHECKS);
    return "ports, disk and secrets are in order";
  });
  await stages.run("base images", (say) =>
    ensureImages(stack.settings, stackImages(stack.settings), say),
  );
  await stages.run("build", async () => {
    await build(stack);
    return "the images are built";
  });
  await stages.run("start", async (say) => {
    await startOrUndo(stack, say);
    return "every service is healthy";
  });
  process.stdout.write(announce(stack.settings, stages.elapsed()));
});
