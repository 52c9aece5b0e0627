import type { Clone } from "../clone.ts";
import { lastLine, run } from "../command.ts";
import { Interruption } from "../interruption.ts";
import { Problem } from "../problem.ts";
import { complaintsOf, isOther, servicesOf, startOthers } from "./accessories.ts";
import { causeOf, culprits, knownCause, unknownCause } from "./cause.ts";
import { compose, type Stack } from "./compose.ts";
import { type Container, listContainers } from "./containers.ts";
import { hasStaleSecret, inspect } from "./inspected.ts";
import { showProgress } from "./progress.ts";

/** Longer than the first start of Postgres and the migrations take on a slow disk. */
const WAIT_SECONDS = 180;

const LOG_LINES = "20";

const RUNNING = ["running", "restarting", "paused"];

type Say = (line: string) => void;

/**
 * Starts a stack. If it does not become healthy, or the operator interrupts, the stack is taken down
 * again, unless it ran before: then it may still serve and stays as it is. Volumes always stay.
 * @returns warnings about what the site does not need
 * @throws Problem
 */
export async function startOrUndo(stack: Stack, say: Say): Promise<string[]> {
  const before = await listContainers(stack.settings.project);
  const ranBefore = before.some(({ state }) => RUNNING.includes(state));
  using interruption = new Interruption();
  try {
    const warnings = await start(stack, say, () => interruption.check());
    interruption.check();
    return warnings;
  } catch (error) {
    if (ranBefore) {
      say("the stack ran before: it stays as it is now, make ps shows it");
    } else {
      const { code } = await compose(stack, ["down", "--remove-orphans"]);
      say(
        code === 0
          ? "everything that this run started is stopped again; the data stays"
          : "not everything that this run started could be stopped: run make down",
      );
    }
    throw interruption.reasonFor(error);
  }
}

/**
 * Starts a stack and waits until every service is healthy that the site needs.
 * @param check throws once nothing more should begin
 * @returns warnings about accessories
 * @throws Problem that names the service that did not become healthy, and why
 */
async function start(stack: Stack, say: Say, check: () => void): Promise<string[]> {
  const { project } = stack.settings;
  const stale = await servicesWithStaleSecrets(stack.clone, await listContainers(project));
  if (stale.length > 0) {
    say(`secrets have changed: ${stale.join(", ")} are created again`);
    await compose(stack, ["rm", "--stop", "--force", ...stale]);
  }
  const since = new Date().toISOString();
  check();
  const services = await servicesOf(stack);
  const over = new AbortController();
  const watched = showProgress(project, say, over.signal);
  const { code, stderr, warnings } = await startAll(stack, services, check).finally(async () => {
    over.abort();
    await watched;
  });
  const containers = await watched;
  if (code !== 0) {
    const failing = culprits(containers).filter(({ service }) => !isOther(service));
    throw await whyNot(failing, since, stderr, say);
  }
  return [...warnings, ...(await complaintsOf(stack))];
}

/** Starts the accessories, which the application may need at its start, and then all else. */
async function startAll(stack: Stack, services: readonly string[], check: () => void) {
  const others = services.filter(isOther);
  const { warnings } = await startOthers(stack, others, check);
  check();
  // Compose waits for all services if none is named.
  const needed = others.length === 0 ? [] : services.filter((each) => !isOther(each));
  const args = ["up", "--detach", "--wait", "--wait-timeout", String(WAIT_SECONDS)];
  const all = [...args, "--no-build", "--remove-orphans", ...needed];
  return { ...(await compose(stack, all)), warnings };
}

/**
 * The problem that kept a stack from starting: a known cause, else the last lines of the first failing
 * container, which `say` gets, and its last message.
 * @param since only what the containers wrote from then on counts
 * @param stderr what Compose wrote
 */
export async function whyNot(
  failing: readonly Container[],
  since: string,
  stderr: string,
  say: Say,
): Promise<Problem> {
  for (const container of failing) {
    const cause = causeOf(container, await logOf(container.id, since));
    if (cause !== undefined) return cause;
  }
  const known = knownCause(stderr);
  if (known !== undefined) return known;
  const [first] = failing;
  if (first === undefined) return new Problem(`docker compose up failed: ${lastLine(stderr)}`);
  const log = (await logOf(first.id, since)).trimEnd();
  for (const line of log.split("\n")) say(line);
  return unknownCause(first, log);
}

async function logOf(id: string, since: string): Promise<string> {
  return (await run("docker", ["logs", "--since", since, "--tail", LOG_LINES, id])).output;
}

/** The services with a container that has an old secret. */
async function servicesWithStaleSecrets(
  clone: Clone,
  containers: readonly Container[],
): Promise<string[]> {
  const services = new Set<string>();
  for (const inspected of await inspect(containers.map(({ id }) => id))) {
    const service = inspected.Config.Labels["com.docker.compose.service"];
    if (service !== undefined && (await hasStaleSecret(clone, inspected))) services.add(service);
  }
  return [...services];
}
