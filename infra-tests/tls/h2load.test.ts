import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { testLabel } from "../stack/project-name.ts";
import { useStack } from "../stack/shared-stack.ts";
import { judges } from "./judges.ts";

const REQUESTS = 5000;

const stack = await useStack();
const image = await judges(stack);

/** Runs h2load against the site, 100 streams a connection at once; resolves with what it says. */
async function h2load(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)("docker", [
    ...["run", "--rm", "--label", `${testLabel}=${stack.project}`],
    ...["--network", await stack.network("front"), image],
    ...["h2load", "-n", String(REQUESTS), "-c", "4", "-m", "100", `https://web:8443${path}`],
  ]);
  return stdout;
}

for (const [what, path] of [
  ["an answer of the edge's own disk", "/assets/"],
  ["an answer of the application", "/healthz-of-nobody"],
] as const) {
  test(`100 streams at once over HTTPS bring ${REQUESTS} times ${what}, without an error`, async (t) => {
    const said = await h2load(path);
    t.diagnostic(/^finished in .*$/m.exec(said)?.[0] ?? "");
    assert.match(said, /^Application protocol: h2$/m);
    const requests = new RegExp(
      `^requests: ${REQUESTS} total, ${REQUESTS} started, ${REQUESTS} done, .* 0 errored, 0 timeout$`,
      "m",
    );
    assert.match(said, requests);
    // Neither page exists: 404 is the right answer, and a 5xx would be an error.
    assert.match(said, new RegExp(`^status codes: 0 2xx, 0 3xx, ${REQUESTS} 4xx, 0 5xx$`, "m"));
  });
}
