import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Site } from "../deploys/site.ts";
import { docker, exec } from "../stack/docker.ts";

/** The modules of the jobs in a clone. */
export const PROGRAM = "examples/jobs-under-test.ts";
export const SCHEDULE = "examples/schedule-under-test.ts";

export const SETTINGS = [`JOBS=${PROGRAM}`, `SCHEDULE=${SCHEDULE}`];

/** How the jobs of a release behave. */
export type Behaviour = "run" | "end at once" | "have a wrong schedule" | "wait in the schedule";

/** Milliseconds that each job takes. */
export const JOB_TIME = 4000;

/** A folder that all containers of the application share: logs go with their containers. */
const FOLDER = "/srv/media";

/** A program that does one job after the other, and finishes the one in hand at a TERM. */
const programOf = (release: string, behaviour: Behaviour) => `
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

const behaviour: string = ${JSON.stringify(behaviour)};
if (behaviour === "end at once") throw new Error("these jobs have no heart");
let stopping = false;
process.on("SIGTERM", () => {
  stopping = true;
});
const write = (event: string, job: number) =>
  appendFileSync("${FOLDER}/jobs.log", \`${release} \${process.ppid}-\${job} \${event}\\n\`);
for (let job = 1; !stopping; job += 1) {
  write("begins", job);
  await pause(${JOB_TIME});
  write("ends", job);
}
`;

/** A task of each second. */
const scheduleOf = (release: string, behaviour: Behaviour) => `
const cron = ${JSON.stringify(behaviour === "have a wrong schedule" ? "61 * * * *" : "* * * * * *")};
${behaviour === "wait in the schedule" ? "await new Promise((resolve) => setTimeout(resolve, 9e6));" : ""}
const script = "echo $SCHEDULED_AT ${release} >> ${FOLDER}/ticks.log";
export default { tick: { cron, command: ["sh", "-c", script] } };
`;

/** Changes the jobs in the working tree. */
export async function writeJobs(
  { clone }: Site,
  release: string,
  behaviour: Behaviour = "run",
): Promise<void> {
  await writeFile(join(clone.root, PROGRAM), programOf(release, behaviour));
  await writeFile(join(clone.root, SCHEDULE), scheduleOf(release, behaviour));
}

/** The lines that jobs have written into the shared folder, as words. */
async function lines({ clone }: Site, file: string): Promise<string[][]> {
  const [app] = await clone.stack.containers("app");
  if (app === undefined) throw new Error("no replica runs");
  const { code, output } = await exec(docker.getContainer(app.Id), ["cat", `${FOLDER}/${file}`]);
  return code === 0
    ? output
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" "))
    : [];
}

/** What the scheduled task has done: at which times, in which release. */
export async function ticks(site: Site): Promise<{ at: string; release: string }[]> {
  return (await lines(site, "ticks.log")).map(([at = "", release = ""]) => ({ at, release }));
}

/** What the program has done, in order. */
export async function jobEvents(
  site: Site,
): Promise<{ release: string; job: string; event: string }[]> {
  const all = await lines(site, "jobs.log");
  return all.map(([release = "", job = "", event = ""]) => ({ release, job, event }));
}
