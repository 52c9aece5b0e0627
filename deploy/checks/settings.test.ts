import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { settingsCheck } from "./settings.ts";

const app = "services/app/gateway.ts";

/** The findings for an .env with these lines and these variables of the process. */
async function findingsOf(t: TestContext, env: string, variables: Record<string, string> = {}) {
  const clone = await temporaryClone(t);
  await mkdir(join(clone.root, dirname(app)), { recursive: true });
  await writeFile(join(clone.root, app), "");
  await writeFile(clone.envFile, env);
  const environment = await readEnvironment(clone, variables);
  const findings = await settingsCheck.check({ clone, environment });
  return findings.map(({ text, exitCode }) => `${exitCode} ${text}`);
}

test("allowed values are fine, and so are an application's own names", async (t) => {
  assert.deepEqual(await findingsOf(t, "REPLICAS=3\nSTRIPE_KEY_FILE=/run/secrets/stripe\n"), [
    "0 .env",
  ]);
});

test("a value out of range names its line, the value and what is allowed", async (t) => {
  assert.deepEqual(await findingsOf(t, "# why\nPUBLISH_HTTP_PORT=80800\n"), [
    '78 .env:2: PUBLISH_HTTP_PORT="80800": expected a whole number from 1 to 65535',
  ]);
});

test("every problem is reported at once", async (t) => {
  const findings = await findingsOf(t, "REPLICAS=none\nPUBLISH_BIND=localhost\n");
  assert.equal(findings.length, 2);
});

test("a misspelt name is reported with the right one", async (t) => {
  assert.deepEqual(await findingsOf(t, "PUBLISH_HTP_PORT=8081\n"), [
    "78 .env:1: PUBLISH_HTP_PORT: no such setting; did you mean PUBLISH_HTTP_PORT?",
  ]);
  assert.deepEqual(await findingsOf(t, "REPLICSA=3\n"), [
    "78 .env:1: REPLICSA: no such setting; did you mean REPLICAS?",
  ]);
});

test("a setting of each service is checked against that service's table", async (t) => {
  const [misspelt] = await findingsOf(t, "GATEWAY_WORKER=3\n");
  assert.equal(
    misspelt,
    "78 .env:1: GATEWAY_WORKER: no such setting; did you mean GATEWAY_WORKERS?",
  );
  const [outOfRange] = await findingsOf(t, "GATEWAY_WORKERS=100000\n");
  assert.match(outOfRange ?? "", /^78 \.env:1: GATEWAY_WORKERS="100000": expected a whole number/);
  assert.match((await findingsOf(t, "WEB_NO_SUCH=1\n"))[0] ?? "", /WEB_NO_SUCH: no such setting/);
});

test("a variable of the process outranks .env and is checked in its place", async (t) => {
  assert.deepEqual(await findingsOf(t, "REPLICAS=none\n", { REPLICAS: "3" }), ["0 .env"]);
  const [finding] = await findingsOf(t, "", { REPLICAS: "0" });
  assert.equal(finding, '78 REPLICAS="0": expected a whole number from 1 to 32');
});

test("one port for both protocols, or a missing module, is rejected", async (t) => {
  const [ports] = await findingsOf(t, "PUBLISH_HTTPS_PORT=8080\n");
  assert.match(ports ?? "", /are both 8080: give each its own$/);
  const [module] = await findingsOf(t, "APP=examples/none.ts\n");
  assert.equal(module, "78 .env:1: APP=examples/none.ts: no such file in this clone");
  const [outside] = await findingsOf(t, "APP=/etc/passwd\n");
  assert.match(outside ?? "", /expected the path of a module in services\/app\/ or examples\//);
});
