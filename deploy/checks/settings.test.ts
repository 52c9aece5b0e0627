import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openClone } from "../clone.ts";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { settingsCheck } from "./settings.ts";

const app = "services/app/gateway.ts";

/** What the check says about an .env with these lines and these variables of the process. */
async function saidOf(t: TestContext, env: string, variables: Record<string, string> = {}) {
  const clone = await temporaryClone(t);
  await mkdir(join(clone.root, dirname(app)), { recursive: true });
  await copyFile(join(openClone().root, app), join(clone.root, app));
  await writeFile(clone.envFile, env);
  const environment = await readEnvironment(clone, variables);
  const findings = await settingsCheck.check({ clone, environment });
  return findings.map(({ text, exitCode }) => `${exitCode} ${text}`);
}

test("values that are allowed are in order, and so are an application's own names", async (t) => {
  assert.deepEqual(await saidOf(t, "REPLICAS=3\nSTRIPE_KEY_FILE=/run/secrets/stripe\n"), [
    "0 .env",
  ]);
});

test("a value out of range names its line, the value and what is allowed", async (t) => {
  assert.deepEqual(await saidOf(t, "# why\nPUBLISH_HTTP_PORT=80800\n"), [
    '78 .env:2: PUBLISH_HTTP_PORT="80800": expected a whole number from 1 to 65535',
  ]);
});

test("every problem is told at once", async (t) => {
  const said = await saidOf(t, "REPLICAS=none\nPUBLISH_BIND=localhost\n");
  assert.equal(said.length, 2);
});

test("a misspelt name of ours gets the right one as an answer", async (t) => {
  assert.deepEqual(await saidOf(t, "PUBLISH_HTP_PORT=8081\n"), [
    "78 .env:1: PUBLISH_HTP_PORT: no such setting; did you mean PUBLISH_HTTP_PORT?",
  ]);
  assert.deepEqual(await saidOf(t, "REPLICSA=3\n"), [
    "78 .env:1: REPLICSA: no such setting; did you mean REPLICAS?",
  ]);
});

test("a setting of each service is checked against that service's table", async (t) => {
  const [misspelt] = await saidOf(t, "GATEWAY_WORKER=3\n");
  assert.equal(
    misspelt,
    "78 .env:1: GATEWAY_WORKER: no such setting; did you mean GATEWAY_WORKERS?",
  );
  const [outOfRange] = await saidOf(t, "GATEWAY_WORKERS=100000\n");
  assert.match(outOfRange ?? "", /^78 \.env:1: GATEWAY_WORKERS="100000": expected a whole number/);
  assert.match((await saidOf(t, "WEB_NO_SUCH=1\n"))[0] ?? "", /WEB_NO_SUCH: no such setting/);
  assert.match((await saidOf(t, "APP_NO_SUCH=1\n"))[0] ?? "", /APP_NO_SUCH: no such setting/);
});

test("a variable of the process outranks .env and is checked in its place", async (t) => {
  assert.deepEqual(await saidOf(t, "REPLICAS=none\n", { REPLICAS: "3" }), ["0 .env"]);
  const [said] = await saidOf(t, "", { REPLICAS: "0" });
  assert.equal(said, '78 REPLICAS="0": expected a whole number from 1 to 32');
});

test("one port for both protocols, or a module that is not there, cannot work", async (t) => {
  const [ports] = await saidOf(t, "PUBLISH_HTTPS_PORT=8080\n");
  assert.match(ports ?? "", /are both 8080: give each its own$/);
  const [module] = await saidOf(t, "APP=examples/none.ts\n");
  assert.equal(module, "78 .env:1: APP=examples/none.ts: no such file in this clone");
  const [outside] = await saidOf(t, "APP=/etc/passwd\n");
  assert.match(outside ?? "", /expected the path of a module in services\/app\/ or examples\//);
});
