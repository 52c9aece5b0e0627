import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { Problem } from "../problem.ts";
import { compose, composeFiles, type Stack } from "../stack/compose.ts";
import { adminPage } from "./admin-page.ts";
import { removeNow } from "./plan.ts";
import { untilHealthy, whyNotReady } from "./replicas.ts";
import { refusing, SMOKE_REQUESTS, sendSmoke } from "./smoke.ts";

const TRIAL_FILE = `${layout.deploy}/releases/trial.yaml`;

/** The port of plain HTTP in the edge's container. */
const PORT = 8080;

/** The name of the container of a trial: the next deploy removes one that was left. */
export const trialName = (project: string): string => `${project}-web-trial`;

/**
 * Starts the new edge in a network of its own, in front of the replicas that run, and sends requests
 * through it. It shares the ports of the running edge only afterwards.
 * @param running the container of the edge that it is compared with
 * @param host the Host header field of the requests
 * @throws Problem with its last lines if it does not start or fails a request that the running one serves
 */
export async function tryEdge(
  stack: Stack,
  running: string,
  host: string,
  say: (line: string) => void,
): Promise<void> {
  const { project, smokePath } = stack.settings;
  const name = trialName(project);
  try {
    const args = ["run", "--detach", "--no-deps", "--name", name, "web"];
    const env = { COMPOSE_FILE: `${await composeFiles(stack)}:${TRIAL_FILE}` };
    const { code, output } = await compose(stack, args, { env });
    if (code !== 0) throw new Problem(`the new edge cannot be tried: ${output.trim()}`);
    await untilHealthy(name, say);
    // nginx has no Node in its container; its health check alone decides.
    if ((await adminPage(name, "/readyz")) === "no node") return;
    const url = `http://127.0.0.1:${PORT}${smokePath}`;
    const refused = refusing(await sendSmoke(name, url, host, SMOKE_REQUESTS));
    if (refused === undefined) return;
    // Under maintenance, and without a database, the running edge does no better.
    if (refusing(await sendSmoke(running, url, host, 1)) !== undefined) return;
    await whyNotReady(name, say);
    throw new Problem(`the new edge fails the request for ${smokePath} (${refused}): see above`);
  } finally {
    await run("docker", ["stop", "--time", "1", name]);
    await removeNow([name]);
  }
}
