import { setTimeout } from "node:timers/promises";
import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { causeOf, readableLine, unknownCause } from "../stack/cause.ts";
import { compose, type Stack } from "../stack/compose.ts";
import { listContainers } from "../stack/containers.ts";
import { type Inspected, inspect } from "../stack/inspected.ts";
import { NotReady } from "../stack/not-ready.ts";

/** Where the gateway listens in its container. */
export const GATEWAY_PORT = 8000;

/** How long a new container may take to become ready. A start takes seconds; a slow machine is slower. */
const READY_TIMEOUT = 180_000;

const INTERVAL = 200;

/**
 * How often a container that says itself when it is ready is looked at from outside. Each look starts programs, and
 * what they take of two processors the container's start has to wait for.
 */
const LOOK_INTERVAL = 2_000;

const READY_REQUEST_TIMEOUT = 1_000;

/** Lines of a container's log that are shown if it is refused. */
const LOG_LINES = "20";

type Say = (line: string) => void;

/**
 * Creates containers of a service beside those that run, which stay as they are. They do not run yet.
 * @param total the number of containers that there are then
 * @returns the ids of the new ones
 * @throws Problem
 */
export async function createBeside(
  stack: Stack,
  service: string,
  total: number,
): Promise<string[]> {
  const { project } = stack.settings;
  const before = new Set((await listContainers(project)).map(({ id }) => id));
  const args = ["create", "--no-build", "--no-recreate", "--scale", `${service}=${total}`, service];
  const { code, output } = await compose(stack, args);
  if (code !== 0) throw new Problem(`${service} cannot be created: ${output.trim()}`);
  const after = await listContainers(project);
  return after
    .filter((each) => each.service === service && !before.has(each.id))
    .map(({ id }) => id);
}

/** The weight of a container's processor time; 1024 is that of every other. */
const STARTING_SHARES = "512";
const SERVING_SHARES = "1024";

/**
 * Starts a container and waits until it is healthy. Until then it has processor time that the others leave:
 * a start takes much, and visitors wait for none of it.
 * @throws Problem with its last lines if it does not become healthy
 */
export async function startSlowly(id: string, say: Say): Promise<void> {
  await run("docker", ["update", "--cpu-shares", STARTING_SHARES, id]);
  await run("docker", ["start", id]);
  await untilHealthy(id, say);
  await run("docker", ["update", "--cpu-shares", SERVING_SHARES, id]);
}

/** Waits until a started container is healthy. @throws Problem with its last lines if it does not become so */
export async function untilHealthy(id: string, say: Say): Promise<void> {
  const start = performance.now();
  const notReady = new NotReady(say);
  let page: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    if (page !== undefined && (await responds(page))) return;
    const interval = page === undefined ? INTERVAL : LOOK_INTERVAL;
    if (performance.now() - lookedAt >= interval) {
      lookedAt = performance.now();
      const [container] = await inspect([id]);
      if (container === undefined)
        throw new Problem("a new container has gone: run the command again");
      const { State, RestartCount } = container;
      if (State.Health?.Status === "healthy") return;
      page = readinessPage(container);
      // "Unhealthy" may pass: on a machine without processor time the checks themselves are too slow.
      const over = State.Status !== "running" || RestartCount > 0;
      const late = performance.now() - start > READY_TIMEOUT;
      const log = await lastLines(id);
      if (over || late || log.includes(BOOT_FAILED)) throw await whyNotReady(id, say);
      notReady.hear(log);
    }
    await setTimeout(INTERVAL);
  }
}

/** The ports of the admin pages in the containers of the jobs and of a gateway. */
const ADMIN_PORTS: Readonly<Record<string, number>> = { jobs: 9300, app: 9200 };

/**
 * Where a container says itself whether it is ready, if this host reaches its address: it does with an engine of its own.
 * That is quicker than the engine's check, and takes no process. An edge shares the addresses of edge-port, so it has
 * none.
 */
export function readinessPage({
  Config,
  NetworkSettings,
}: Pick<Inspected, "Config" | "NetworkSettings">): string | undefined {
  const address = Object.values(NetworkSettings.Networks).find(({ IPAddress }) => IPAddress !== "");
  if (address === undefined) return undefined;
  const service = Config.Labels["com.docker.compose.service"] ?? "app";
  return `http://${address.IPAddress}:${ADMIN_PORTS[service] ?? ADMIN_PORTS.app}/readyz`;
}

async function responds(page: string): Promise<boolean> {
  const signal = AbortSignal.timeout(READY_REQUEST_TIMEOUT);
  return fetch(page, { signal }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Of an application that threw while it started: the gateway would try for a long time. */
const BOOT_FAILED = '"cause":"boot failed"';

async function lastLines(id: string): Promise<string> {
  return (await run("docker", ["logs", "--tail", LOG_LINES, id])).output;
}

/** Shows the last lines of a container: what went wrong in it, and what is no line of a log. */
export async function showLog(id: string, say: Say): Promise<string> {
  const output = await lastLines(id);
  for (const line of output.trimEnd().split("\n").flatMap(readableLine)) say(line);
  return output;
}

/** Shows the last lines of a container, and makes a Problem of the last message. */
export async function whyNotReady(id: string, say: Say): Promise<Problem> {
  const log = await showLog(id, say);
  const [inspected] = await inspect([id]);
  const labels = inspected?.Config.Labels ?? {};
  const service = labels["com.docker.compose.service"] ?? "container";
  const { Status: state = "gone", ExitCode, Health } = inspected?.State ?? {};
  const container = {
    ...{ id, service, state, ports: "" },
    name: `${service}-${labels["com.docker.compose.container-number"] ?? "new"}`,
    health: Health?.Status ?? "none",
    exitCode: state === "running" ? undefined : ExitCode,
  };
  return causeOf(container, log) ?? unknownCause(container, log);
}
