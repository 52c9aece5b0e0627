import { stat } from "node:fs/promises";
import type { Clone } from "../clone.ts";
import { lastLine, run } from "../command.ts";
import { Interruption } from "../interruption.ts";
import { Problem } from "../problem.ts";
import { causeOf, culprits, knownCause, unknownCause } from "./cause.ts";
import { compose, type Stack } from "./compose.ts";
import { type Container, listContainers } from "./containers.ts";
import { showProgress } from "./progress.ts";

/** Longer than the first start of Postgres and the migrations take on a slow disk. */
const WAIT_SECONDS = 180;

const LOG_LINES = "20";

const RUNNING = ["running", "restarting", "paused"];

type Say = (line: string) => void;

/**
 * Starts a stack. If it does not become healthy, or the operator interrupts, the stack is taken down
 * again, unless it ran before: then it may still serve and stays as it is. Volumes always stay.
 * @throws Problem
 */
export async function startOrUndo(stack: Stack, say: Say): Promise<void> {
  const before = await listContainers(stack.settings.project);
  const ranBefore = before.some(({ state }) => RUNNING.includes(state));
  using interruption = new Interruption();
  try {
    await start(stack, say);
  } catch (error) {
    const { received } = interruption;
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
    if (received === undefined) throw error;
    throw new Problem(`stopped by ${received.signal}`, received.exitCode);
  }
}

/**
 * Starts a stack and waits until every service is healthy.
 * @throws Problem that names the service that did not become healthy, and why
 */
async function start(stack: Stack, say: Say): Promise<void> {
  const { project } = stack.settings;
  const stale = await servicesWithStaleSecrets(stack.clone, await listContainers(project));
  if (stale.length > 0) {
    say(`secrets have changed: ${stale.join(", ")} are created again`);
    await compose(stack, ["rm", "--stop", "--force", ...stale]);
  }
  const since = new Date().toISOString();
  const args = ["up", "--detach", "--wait", "--wait-timeout", String(WAIT_SECONDS)];
  const over = new AbortController();
  const watched = showProgress(project, say, over.signal);
  const { code, stderr } = await compose(stack, [...args, "--no-build", "--remove-orphans"]);
  over.abort();
  const containers = await watched;
  if (code !== 0) throw await whyNot(culprits(containers), since, stderr, say);
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

interface Inspected {
  readonly Created: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly Mounts: readonly { readonly Type: string; readonly Source: string }[];
}

/**
 * The services whose containers mount a secret that was replaced after their creation. Compose does
 * not notice: for Compose a file secret is only a path, and the container keeps the old file.
 */
async function servicesWithStaleSecrets(
  clone: Clone,
  containers: readonly Container[],
): Promise<string[]> {
  if (containers.length === 0) return [];
  const { stdout } = await run("docker", ["inspect", ...containers.map(({ id }) => id)]);
  const services = new Set<string>();
  for (const { Created, Config, Mounts } of JSON.parse(stdout || "[]") as Inspected[]) {
    for (const { Source } of Mounts.filter(({ Type }) => Type === "bind")) {
      if (!Source.startsWith(`${clone.secrets}/`)) continue;
      const changed = (await stat(Source).catch(() => undefined))?.ctimeMs ?? 0;
      const service = Config.Labels["com.docker.compose.service"];
      if (changed > Date.parse(Created) && service !== undefined) services.add(service);
    }
  }
  return [...services];
}
