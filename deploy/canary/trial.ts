import { run } from "../command.ts";
import { ONE_SHOTS } from "../compose-model.ts";
import { Interruption } from "../interruption.ts";
import { callEdges } from "../maintenance/edge-mode.ts";
import { Problem } from "../problem.ts";
import { Admission, untilNoticed } from "../releases/admission.ts";
import { createOneShots, runOneShot } from "../releases/one-shots.ts";
import { endGracefully, ofService, removeNow } from "../releases/plan.ts";
import { type Release, withRelease } from "../releases/release.ts";
import { untilHealthy } from "../releases/replicas.ts";
import { smokeTest } from "../releases/smoke.ts";
import { compose, type Stack } from "../stack/compose.ts";
import { listContainers } from "../stack/containers.ts";
import { inspect } from "../stack/inspected.ts";
import { CANARY_SERVICE, type Canary, canaryName, LABEL } from "./container.ts";

type Say = (line: string) => void;

/** What the database and the assets need before a release serves. The release that runs keeps its containers. */
export async function prepareFor(stack: Stack, release: Release, say: Say): Promise<void> {
  using interruption = new Interruption();
  const next = withRelease(stack, release);
  try {
    for (const service of ONE_SHOTS) {
      interruption.check();
      await runOneShot(next, service, say);
    }
  } catch (error) {
    throw interruption.reasonFor(error);
  } finally {
    // Else a plain `docker compose up` would find them changed.
    await createOneShots(stack, ONE_SHOTS);
  }
}

/**
 * Starts a release beside the one that runs, tries it, and gives it a share of the clients.
 * @param host the Host header field of the smoke request
 * @throws Problem if it does not start or fails a request; then it is removed, and after Ctrl-C too
 */
export async function startCanary(
  stack: Stack,
  { release, commit, percent, host }: Start,
  say: Say,
): Promise<void> {
  const { project } = stack.settings;
  const name = canaryName(project);
  await removeNow([name]);
  const label = JSON.stringify({ release, commit, since: new Date().toISOString() });
  const options = [
    "--detach",
    "--no-deps",
    "--no-TTY",
    "--name",
    name,
    "--label",
    `${LABEL}=${label}`,
  ];
  using interruption = new Interruption();
  try {
    const next = withRelease(stack, release);
    const { code, output } = await compose(next, ["run", ...options, "app"]);
    if (code !== 0) throw new Problem(`the canary cannot be started: ${output.trim()}`);
    interruption.check();
    await untilHealthy(name, say);
    const { admission, edges } = await edgesOf(project);
    const [inspected] = await inspect([name]);
    const address = inspected === undefined ? "" : admission.addressOf(inspected);
    await smokeTest(next, name, address, host, say);
    interruption.check();
    say("the canary is ready, and passes the request for SMOKE_PATH");
    await callEdges(project, ["canary", String(percent)]);
    await admission.admit(name, edges);
  } catch (error) {
    await callEdges(project, ["canary", "0"]).catch(() => {});
    await endGracefully([name]);
    throw interruption.reasonFor(error);
  }
}

export interface Start {
  readonly release: Release;
  readonly commit: string;
  readonly percent: number;
  readonly host: string;
}

/** Gives all clients the release that runs. */
export async function takeClients(project: string): Promise<void> {
  await callEdges(project, ["canary", "0"]);
}

/** Takes its clients from a canary, and ends it when its last requests have ended. */
export async function endCanary(project: string, { inspected }: Canary): Promise<void> {
  await takeClients(project);
  const { admission, edges } = await edgesOf(project);
  const address = admission.addressOf(inspected);
  await Promise.all(edges.map((edge) => untilNoticed(edge, address, false)));
  await endGracefully([inspected.Id]);
}

/** Has a canary that has ended, as after a reboot, run again. What was lost without it is not counted any more. */
export async function wakeCanary(project: string, { inspected }: Canary, say: Say): Promise<void> {
  if (inspected.State.Status === "running") return;
  await takeClients(project);
  const { code, stderr } = await run("docker", ["start", inspected.Id]);
  if (code !== 0) throw new Problem(`the canary cannot be started again: ${stderr.trim()}`);
  await untilHealthy(inspected.Id, say);
}

async function edgesOf(project: string) {
  const containers = await listContainers(project);
  const [holder] = await inspect(ofService(containers, "edge-port").map(({ id }) => id));
  if (holder === undefined) throw new Problem("edge-port has gone: run make up again");
  const edges = ofService(containers, "web").map(({ id }) => id);
  return { admission: new Admission(holder, CANARY_SERVICE), edges };
}
