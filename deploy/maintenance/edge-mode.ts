import { setTimeout } from "node:timers/promises";
import { lastLine, run } from "../command.ts";
import { layout } from "../layout.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { adminPage } from "../releases/admin-page.ts";
import { listContainers } from "../stack/containers.ts";

/** What an edge does with requests for the application, as its /status says. */
export type Mode =
  | { readonly kind: "live" }
  | { readonly kind: "paused"; readonly longest: number }
  | { readonly kind: "maintenance"; readonly message?: string };

/** nginx, which has no verbs, is under maintenance while there is this file. */
const NGINX_FILE = "/var/lib/gatehouse/maintenance";

/** An edge that starts has no control socket for a moment. */
const STARTING_TIMEOUT = 20_000;

/** The edges of a project that run: two while a deploy replaces one. @throws Problem if there is none */
async function edgesOf(project: string): Promise<string[]> {
  const containers = await listContainers(project);
  const edges = containers.filter(({ service, state }) => service === "web" && state === "running");
  if (edges.length > 0) return edges.map(({ id }) => id);
  throw new Problem(
    `the stack ${project} has no edge that runs: make up starts it`,
    UNAVAILABLE_EXIT_CODE,
  );
}

/** The mode of the edge that a project runs. @throws Problem if it does not say */
export async function modeOf(project: string): Promise<Mode> {
  const [edge = ""] = await edgesOf(project);
  const page = await adminPage(edge, "/status");
  if (page === undefined) throw new Problem("the edge does not respond: see make logs");
  if (page !== "no node") return JSON.parse(page).mode;
  const { code } = await run("docker", ["exec", edge, "test", "-e", NGINX_FILE]);
  return { kind: code === 0 ? "maintenance" : "live" };
}

/** A verb of the edge's control socket, and what follows it. */
export type Verb = readonly [
  "pause" | "resume" | "maintenance" | "live" | "purge" | "canary",
  ...string[],
];

/**
 * Has every edge of a project do a verb. The mode is kept in a volume: an edge that starts later has it too.
 * @returns what the last one says
 * @throws Problem if one refuses
 */
export async function callEdges(project: string, verb: Verb): Promise<string> {
  const done = new Set<string>();
  let said = "";
  for (;;) {
    const edge = (await edgesOf(project)).find((id) => !done.has(id));
    if (edge === undefined) return said;
    said = await callEdge(edge, verb);
    done.add(edge);
  }
}

async function callEdge(edge: string, verb: Verb): Promise<string> {
  const start = performance.now();
  for (;;) {
    const args = ["exec", edge, "node", layout.edge, ...verb];
    const { code, stdout, output } = await run("docker", args);
    if (code === 0) return stdout.trim();
    if (/executable file not found/.test(output)) return await callNginx(edge, verb);
    const starting = /ENOENT|ECONNREFUSED|no edge/.test(output);
    if (!starting || performance.now() - start > STARTING_TIMEOUT) {
      throw new Problem(lastLine(output) || `the edge does not do ${verb[0]} (exit code ${code})`);
    }
    await setTimeout(500);
  }
}

async function callNginx(edge: string, [word, ...more]: Verb): Promise<string> {
  if (!["maintenance", "live"].includes(word) || more.length > 0) {
    throw new Problem(
      `EDGE=nginx has neither a pause nor a message or a way in: make maintenance and make live are all ` +
        "(nginx/README.md)",
    );
  }
  const command = word === "maintenance" ? ["touch", NGINX_FILE] : ["rm", "-f", NGINX_FILE];
  const { code, output } = await run("docker", ["exec", edge, ...command]);
  if (code !== 0) throw new Problem(`the edge does not do ${word}: ${output.trim()}`);
  return word === "maintenance" ? "under maintenance: make live ends it" : "live";
}
