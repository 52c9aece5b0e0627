import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openClone } from "./clone.ts";
import { endPrograms, run } from "./command.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { type BaseImage, ensureImages } from "./images.ts";
import { isPackaged } from "./layout.ts";
import { prepare } from "./prepare.ts";
import { Problem, runCommand } from "./problem.ts";
import { PROJECT_PLANS } from "./project/test-plans.ts";
import { warmBuildCache } from "./stack/compose.ts";
import { Stages } from "./stages.ts";
import { PLANS, type TestStage } from "./test-plans.ts";

/** How much of a failed stage's output is shown. */
const SHOWN_LINES = 200;

const clone = openClone();
const plans = isPackaged ? PROJECT_PLANS : PLANS;

/** Every process that these stages start keeps its compiled code here for the next one. */
const env = { NODE_COMPILE_CACHE: join(clone.root, ".cache/compile") };

await runCommand(async () => {
  const [name = "test"] = process.argv.slice(2);
  const plan = plans[name];
  if (plan === undefined) {
    throw new Problem(`there are no tests ${name}: choose one of ${Object.keys(plans).join(", ")}`);
  }
  const { checks, suites } = plan;
  const stages = new Stages();
  if (suites.length > 0) await prepare(clone, stages);
  const runAll = async (list: readonly TestStage[], interactive: boolean): Promise<void> => {
    for (const stage of list) await stages.run(stage.name, () => runStage(stage, interactive));
  };
  await together(runAll(checks, false), makeImages(suites, stages));
  await runAll(suites, true);
  process.stdout.write(`${stages.summary()}\n`);
});

/** Makes the base images, and fills the build cache: the suites build for projects of their own. */
async function makeImages(suites: readonly TestStage[], stages: Stages): Promise<void> {
  if (suites.length === 0) return;
  const settings = valuesOf(await readEnvironment(clone));
  const images = [
    ...new Set<BaseImage>(["node", "postgres", ...suites.flatMap(({ images = [] }) => images)]),
  ];
  await stages.run("base images", (say) => ensureImages(settings, images, say));
  await stages.run("build", async () => {
    await warmBuildCache({ clone, settings }, images.includes("nginx"));
    return "the build cache is warm";
  });
}

/** Waits for both. If one fails, the other is stopped. */
async function together(...lanes: readonly Promise<void>[]): Promise<void> {
  try {
    await Promise.all(lanes);
  } catch (error) {
    endPrograms();
    await Promise.allSettled(lanes);
    throw error;
  }
}

/**
 * Runs a stage on this terminal, or beside others: then its output goes to a file, and is shown only if
 * it fails.
 */
async function runStage({ name, command }: TestStage, interactive: boolean): Promise<string> {
  const [first = "", ...words] = command.split(" ");
  // The machine's own `node` may be an older one than the one that runs this.
  const program = first === "node" ? process.execPath : first;
  const { code, output } = await run(program, words, { cwd: clone.root, env, interactive });
  const folder = join(clone.root, "reports", "test");
  const file = join(folder, `${name.replaceAll(" ", "-")}.log`);
  if (!interactive) {
    await mkdir(folder, { recursive: true });
    await writeFile(file, output);
  }
  if (code === 0) return "passed";
  if (interactive) throw new Problem(`${name}: failed, see the lines above`);
  process.stdout.write(`${output.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n")}\n`);
  throw new Problem(`${name}: failed, see the lines above and all of them in ${file}`);
}
