import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import { GATEWAY_PORT, showLog } from "./replicas.ts";

const SMOKE = `
  const { request } = require("node:http");
  const [url, host, count] = process.argv.slice(1);
  const one = () => new Promise((done) => {
    const headers = { host, "user-agent": "gatehouse-deploy", "x-forwarded-proto": "https" };
    const outgoing = request(url, { agent: false, headers, timeout: 10000 }, (response) => {
      response.resume().on("end", () => done({ status: response.statusCode }))
        .on("error", ({ message }) => done({ error: message }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no response within 10 s")))
      .on("error", ({ message }) => done({ error: message })).end();
  });
  (async () => {
    const outcomes = [];
    while (outcomes.length < Number(count)) outcomes.push(await one());
    console.log(JSON.stringify(outcomes));
  })();
`;

/** How many requests a new release has to respond to. */
export const SMOKE_REQUESTS = 5;

/** The outcome of one smoke request. */
export interface Smoke {
  readonly status?: number;
  readonly error?: string;
}

/**
 * Sends requests from within a container, each on a connection of its own.
 * @param host the Host header field: the name that visitors use
 */
export async function sendSmoke(
  container: string,
  url: string,
  host: string,
  count: number,
): Promise<Smoke[]> {
  const { code, stdout, output } = await run(
    "docker",
    ["exec", container, "node", "-e", SMOKE, url, host, String(count)],
    { timeout: 10_000 * count },
  );
  return code === 0 ? JSON.parse(stdout) : [{ error: output.trim() }];
}

/** The first outcome that refuses a release: no response, or a status of 500 or more. */
export function refusing(outcomes: readonly Smoke[]): string | undefined {
  const bad = outcomes.find(({ status = 599 }) => status >= 500);
  if (bad === undefined) return undefined;
  return bad.status === undefined ? `no response: ${bad.error}` : `status ${bad.status}`;
}

/** Sends smoke requests to a replica that has no visitors yet. @throws Problem if it fails one */
export async function smokeTest(
  stack: Stack,
  id: string,
  address: string,
  host: string,
  say: (line: string) => void,
): Promise<void> {
  const { smokePath, project } = stack.settings;
  const outcomes = await sendSmoke(
    id,
    `http://${address}:${GATEWAY_PORT}${smokePath}`,
    host,
    SMOKE_REQUESTS,
  );
  const refused = refusing(outcomes);
  if (refused === undefined) return;
  await showLog(id, say);
  throw new Problem(
    `the new release of ${project} fails the request for ${smokePath} (${refused}): see its last lines ` +
      "above; SMOKE_PATH in .env names another path",
  );
}
