import { openClone } from "./clone.ts";
import { run } from "./command.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { type BaseImage, ensureImages } from "./images.ts";
import { PREPARE_STAGES, prepare } from "./prepare.ts";
import { Problem, runCommand } from "./problem.ts";
import { Stages } from "./stages.ts";

interface Suite {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** The images it runs on, beyond those of the stack itself. */
  readonly images: readonly BaseImage[];
}

const npm = (script: string): Suite => ({
  name: script,
  command: ["npm", "--silent", "run", script],
  images: [],
});

const infraTests = (suite: string, ...images: BaseImage[]): Suite => ({
  name: suite === "all" ? "chain, e2e, load" : suite,
  command: [process.execPath, "infra-tests/main.ts", suite],
  images,
});

const CHECKS: readonly Suite[] = ["lint", "types", "unit"].map(npm);

const FIRST_RUN: Suite = {
  name: "first run",
  command: [process.execPath, "--test", "--test-concurrency=1", "infra-tests/first-run/*.test.ts"],
  images: [],
};

const BENCH: Suite = {
  name: "bench",
  command: [process.execPath, "infra-tests/bench/main.ts"],
  images: ["nginx"],
};

const TLS: Suite = {
  name: "tls",
  command: [process.execPath, "--test", "--test-concurrency=1", "infra-tests/tls/*.test.ts"],
  images: [],
};

const contract = (...flags: string[]): Suite => ({
  name: "contract",
  command: [process.execPath, "infra-tests/contract/main.ts", ...flags],
  images: ["nginx"],
});

const SLOW_CLIENTS: Suite = {
  name: "slow clients",
  command: [process.execPath, "--test", "infra-tests/security/slow-clients.test.ts"],
  images: [],
};

const STACKS: readonly Suite[] = [FIRST_RUN, infraTests("all", "playwright", "k6")];

/** What each target that is called like it runs, in order; `all` is `make test`. */
const PLANS: Readonly<Record<string, readonly Suite[]>> = {
  // What CI runs on every change: 15 minutes at most on two cores.
  all: [npm("services"), ...STACKS, contract("--quick")],
  prove: [npm("services"), ...STACKS, contract(), TLS, npm("measures"), SLOW_CLIENTS, BENCH],
  e2e: [infraTests("e2e", "playwright")],
  load: [infraTests("load", "k6")],
  contract: [contract()],
  slow: [SLOW_CLIENTS],
  bench: [BENCH],
  tls: [TLS],
};

await runCommand(async () => {
  const [plan = "all"] = process.argv.slice(2);
  const suites = PLANS[plan];
  if (suites === undefined) {
    throw new Problem(`no such tests: ${plan}; there are ${Object.keys(PLANS).join(", ")}`);
  }
  const clone = openClone();
  const checks = plan === "all" || plan === "prove" ? CHECKS : [];
  const stages = new Stages(checks.length + PREPARE_STAGES + 1 + suites.length);
  const pass = (suite: Suite) => stages.run(suite.name, () => passSuite(clone.root, suite));

  for (const suite of checks) await pass(suite);
  await prepare(clone, stages);
  await stages.run("base images", async (say) => {
    const images = suites.flatMap(({ images }) => images);
    const settings = valuesOf(await readEnvironment(clone));
    return await ensureImages(settings, ["node", "postgres", ...images], say);
  });
  for (const suite of suites) await pass(suite);
  process.stdout.write(`${stages.summary()}\n`);
});

async function passSuite(cwd: string, { name, command }: Suite): Promise<string> {
  const [program, ...words] = command;
  const { code } = await run(program, words, { cwd, interactive: true });
  if (code !== 0) throw new Problem(`${name} failed: see the lines above`);
  return "passed";
}
