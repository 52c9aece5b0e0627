import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { docker } from "../stack/docker.ts";
import { OwnStack } from "../stack/own-stack.ts";
import { interruption } from "../stack/run.ts";
import { startSideEdge } from "../stack/side-edge.ts";
import { CASES, type Cost, FILE, FILE_BYTES, measure } from "./measure.ts";
import { type Comparison, ratioOf, report } from "./report.ts";
import { Wrk } from "./wrk.ts";

/**
 * `make bench [ROUNDS=5] [DURATION=4]` compares what a request costs at our edge and at nginx, in
 * turn, on the network of one stack, in front of the same replicas. DURATION is in seconds. Exit
 * code 1 if a bar is missed.
 */
const rounds = Number(process.env.ROUNDS || 5);
const seconds = Number(process.env.DURATION || 4);
const EDGES = ["web", "nginx"] as const;
const WARM_UP_SECONDS = 3;

await using stack = await OwnStack.claim();
// Each is built as it comes up; the one that stays is idle.
for (const edge of EDGES) await stack.serve("examples/echo.ts", edge);
await putFile();
const replicas = (await stack.containers("app")).map(({ Id }) => docker.getContainer(Id));
const wrk = await Wrk.make(stack);
await using web = await startSideEdge(stack, "web");
await using nginx = await startSideEdge(stack, "nginx");

const comparisons: Comparison[] = [];
for (const each of CASES) {
  const costs: Record<(typeof EDGES)[number], Cost[]> = { web: [], nginx: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const one of [web, nginx]) {
      interruption.throwIfAborted();
      const cost = await measure(wrk, one, replicas, each, round === 0 ? WARM_UP_SECONDS : seconds);
      if (round > 0) costs[one.edge].push(cost);
    }
    process.stdout.write(`${each.name}: ${round === 0 ? "warm" : `round ${round} of ${rounds}`}\n`);
  }
  comparisons.push({ each, ...costs });
}
process.stdout.write(`\n${report(comparisons)}`);
if (comparisons.some((one) => ratioOf(one) > one.each.bar)) process.exitCode = 1;

/** Puts the static file into the volume of both edges, through the one-shot. */
async function putFile(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  await writeFile(join(folder, FILE), "/* gatehouse */".padEnd(FILE_BYTES), { mode: 0o644 });
  const { id } = await stack.container("assets");
  await promisify(execFile)("docker", ["cp", join(folder, FILE), `${id}:/srv/assets/${FILE}`]);
  await rm(folder, { recursive: true });
}
