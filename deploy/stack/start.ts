import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { causeOf, culprits, knownCause, unknownCause } from "./cause.ts";
import { compose, type Stack } from "./compose.ts";
import { type Container, listContainers } from "./containers.ts";
import { withProgress } from "./progress.ts";
import { servicesWithStaleSecrets } from "./stale-secrets.ts";

/** Longer than Postgres takes for its first start and the migrations after it on a slow disk. */
const WAIT_SECONDS = 180;

const LOG_LINES = "20";

type Say = (line: string) => void;

/**
 * Starts a stack and waits until every service is healthy.
 * @throws Problem that names the service that did not get there, and why.
 */
export async function start(stack: Stack, say: Say): Promise<void> {
  const { project } = stack.settings;
  const stale = await servicesWithStaleSecrets(stack.clone, await listContainers(project));
  if (stale.length > 0) {
    say(`secrets have changed: ${stale.join(", ")} must be made anew`);
    await compose(stack, ["rm", "--stop", "--force", ...stale]);
  }
  const since = new Date().toISOString();
  const args = ["up", "--detach", "--wait", "--wait-timeout", String(WAIT_SECONDS)];
  const { result, containers } = await withProgress(project, say, () =>
    compose(stack, [...args, "--no-build", "--remove-orphans"]),
  );
  if (result.code !== 0) throw await whyNot(culprits(containers), since, result.stderr, say);
}

async function whyNot(
  failing: readonly Container[],
  since: string,
  stderr: string,
  say: Say,
): Promise<Problem> {
  for (const container of failing) {
    const cause = causeOf(container, await logOf(container.id, since));
    if (cause !== undefined) return cause;
  }
  const [first] = failing;
  if (first === undefined || knownCause(stderr) !== undefined) {
    const last = stderr.trim().split("\n").at(-1);
    return knownCause(stderr) ?? new Problem(`docker compose up failed: ${last}`);
  }
  const log = (await logOf(first.id, since)).trimEnd();
  for (const line of log.split("\n")) say(line);
  return unknownCause(first, log);
}

async function logOf(id: string, since: string): Promise<string> {
  return (await run("docker", ["logs", "--since", since, "--tail", LOG_LINES, id])).output;
}
