import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openClone } from "../clone.ts";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { settingsCheck } from "./settings.ts";

const app = "services/app/gateway.ts";

/** The table of a small application. */
const applicationSettings = `
import { defineSettings, integer } from "${join(openClone().root, "packages/settings/index.ts")}";
export const appSettings = defineSettings("APP", {
  guests: integer({ default: 1, min: 1, max: 9, why: "So many." }),
});
`;

/** The findings for an .env with these lines, these variables of the process, and this app.env. */
async function findingsOf(
  t: TestContext,
  env: string,
  variables: Record<string, string> = {},
  applicationEnv = "",
  files: readonly string[] = [],
) {
  const clone = await temporaryClone(t);
  for (const file of [app, ...files]) {
    await mkdir(join(clone.root, dirname(file)), { recursive: true });
    await writeFile(join(clone.root, file), "");
  }
  await copyFile(join(openClone().root, "compose.yaml"), join(clone.root, "compose.yaml"));
  await writeFile(join(clone.root, "services/app/settings.ts"), applicationSettings);
  await writeFile(clone.envFile, env);
  await writeFile(clone.applicationEnvFile, applicationEnv);
  const environment = await readEnvironment(clone, variables);
  const findings = await settingsCheck.check({ clone, environment });
  return findings.map(({ text, exitCode }) => `${exitCode} ${text}`).sort();
}

test("allowed values are fine, and so are an application's own names in app.env", async (t) => {
  assert.deepEqual(await findingsOf(t, "REPLICAS=3\nWEB_HTTPS=redirect\nGATEWAY_WORKERS=3\n"), [
    "0 .env",
  ]);
  const own = "STRIPE_KEY=a\nWEB_URL=https://example.org\nAPP_GUESTS=3\n";
  assert.deepEqual(await findingsOf(t, "REPLICAS=3\n", {}, own), ["0 .env and app.env"]);
});

test("an application's own name in .env would reach no container: it belongs into app.env", async (t) => {
  const to = "not a setting of the stack, the edge or the gateway: move the line to app.env";
  assert.deepEqual(await findingsOf(t, "REPLICAS=3\nSTRIPE_KEY=a\nAPP_GUESTS=3\n"), [
    `78 .env:2: STRIPE_KEY: ${to}`,
    `78 .env:3: APP_GUESTS: ${to}`,
  ]);
});

test("jobs need a file of this clone, and those of an example an image that has the examples", async (t) => {
  assert.deepEqual(await findingsOf(t, `JOBS=${app}\nSCHEDULE=${app}\n`), ["0 .env"]);
  assert.deepEqual(await findingsOf(t, "JOBS=services/app/none.ts\nSCHEDULE=../etc/passwd\n"), [
    '78 .env:2: SCHEDULE="../etc/passwd": expected the path of a module in services/app/ or examples/, like services/app/jobs.ts',
  ]);
  assert.deepEqual(await findingsOf(t, "JOBS=services/app/none.ts\n"), [
    "78 .env:1: JOBS=services/app/none.ts: no such file in this clone: remove the line, or write the file",
  ]);
  const example = await findingsOf(t, "JOBS=examples/queue-jobs.ts\n", {}, "", [
    "examples/queue-jobs.ts",
  ]);
  assert.deepEqual(example, [
    "78 .env:1: JOBS=examples/queue-jobs.ts: an example needs APP in examples/ too, so that the image has it",
  ]);
});

test("an application may have variables of its own that begin with JOBS_", async (t) => {
  const own = "JOBS_CONCURRENCY=5\nJOBS_GRACEFUL_TIMEOUT=1\n";
  assert.deepEqual(await findingsOf(t, "", {}, own), [
    "78 app.env:2: JOBS_GRACEFUL_TIMEOUT: not the application's own: move the line to .env",
  ]);
});

test("a setting of .env in app.env would be ignored: it belongs into .env", async (t) => {
  const own =
    "WEB_HTTPS=redirect\nDATABASE_URL=postgres://me@db.example.net/shop\nGATEWAY_WORKRS=3\n";
  assert.deepEqual(await findingsOf(t, "", {}, own), [
    "78 app.env:1: WEB_HTTPS: not the application's own: move the line to .env",
    "78 app.env:2: DATABASE_URL: not the application's own: move the line to .env",
    "78 app.env:3: GATEWAY_WORKRS: not the application's own: move the line to .env",
  ]);
});

test("a name to which compose.yaml gives a value is refused: the line would change nothing", async (t) => {
  assert.deepEqual(await findingsOf(t, "WEB_HOST=127.0.0.1\n", {}, "MEDIA_REDIRECT=/media/\n"), [
    "78 .env:1: WEB_HOST: compose.yaml sets it: remove the line",
    "78 app.env:1: MEDIA_REDIRECT: compose.yaml sets it: remove the line",
  ]);
});

test("names that Compose itself, or a Compose file of the operator's, reads may stand in .env", async (t) => {
  const clone = await temporaryClone(t);
  await mkdir(join(clone.root, dirname(app)), { recursive: true });
  await writeFile(join(clone.root, app), "");
  await writeFile(join(clone.root, "compose.override.yaml"), "x: $REDIS_MEMORY\n");
  await writeFile(clone.envFile, "COMPOSE_PARALLEL_LIMIT=2\nREDIS_MEMORY=128M\nREDIS_MEM=1\n");
  const findings = await settingsCheck.check({ clone, environment: await readEnvironment(clone) });
  assert.deepEqual(
    findings.map(({ text }) => text.split(":", 3).join(":")),
    [".env:3: REDIS_MEM"],
  );
});

test("a URL of a database is refused without its password in the message, and with what is allowed", async (t) => {
  const [wrong = ""] = await findingsOf(
    t,
    "DATABASE_URL=postgres://me:open sesame@db.example.net\n",
  );
  assert.match(
    wrong,
    /^78 \.env:1: DATABASE_URL: expected postgres:\/\/user:password@host:port\/database/,
  );
  assert.doesNotMatch(wrong, /sesame/);
});

test("a database that a container cannot reach by that name is refused", async (t) => {
  const url = (host: string) => `DATABASE_URL=postgres://me:secret@${host}:5432/shop\n`;
  assert.match(
    (await findingsOf(t, url("localhost")))[0] ?? "",
    /localhost is the container itself/,
  );
  const [shell] = await findingsOf(t, "", { DATABASE_URL: "postgres://me@localhost/shop" });
  assert.match(
    shell ?? "",
    /^78 the shell's DATABASE_URL: in a container localhost is the container itself/,
  );
  assert.match(
    (await findingsOf(t, url("127.0.0.1")))[0] ?? "",
    /127.0.0.1 is the container itself/,
  );
  assert.match((await findingsOf(t, url("db")))[0] ?? "", /db is the stack's own database/);
  assert.match(
    (await findingsOf(t, url("x.example.net").replace("_URL", "_MIGRATE_URL")))[0] ?? "",
    /DATABASE_MIGRATE_URL needs DATABASE_URL/,
  );
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
  const [own] = await findingsOf(t, "", {}, "APP_GUEST=1\n");
  assert.equal(own, "78 app.env:1: APP_GUEST: no such setting; did you mean APP_GUESTS?");
  const [many] = await findingsOf(t, "", {}, "APP_GUESTS=10\n");
  assert.equal(many, '78 app.env:1: APP_GUESTS="10": expected a whole number from 1 to 9');
});

test("a variable of the process outranks .env and is checked in its place", async (t) => {
  assert.deepEqual(await findingsOf(t, "REPLICAS=none\n", { REPLICAS: "3" }), ["0 .env"]);
  const [finding] = await findingsOf(t, "", { REPLICAS: "0" });
  assert.equal(finding, '78 REPLICAS="0": expected a whole number from 1 to 32');
});

test("the module of APP may be made by the application's own build, and have any name", async (t) => {
  const clone = await temporaryClone(t);
  await mkdir(join(clone.root, "services/app"), { recursive: true });
  const findings = async (module: string, scripts: object) => {
    await writeFile(join(clone.root, "services/app/package.json"), JSON.stringify({ scripts }));
    const environment = await readEnvironment(clone, { APP: module });
    return (await settingsCheck.check({ clone, environment })).map(({ ok }) => ok);
  };
  for (const module of ["dist/main.js", "server.cjs", "bin/www", "build/index.js"]) {
    assert.deepEqual(await findings(`services/app/${module}`, { build: "tsc" }), [true], module);
    assert.deepEqual(await findings(`services/app/${module}`, {}), [false], module);
  }
});

test("one port for both protocols, or a missing module, is rejected", async (t) => {
  const [ports] = await findingsOf(t, "PUBLISH_HTTPS_PORT=8080\n");
  assert.match(ports ?? "", /are both 8080: give each its own$/);
  const [module] = await findingsOf(t, "APP=examples/none.ts\n");
  assert.equal(module, "78 .env:1: APP=examples/none.ts: no such file in this clone");
  const [outside] = await findingsOf(t, "APP=/etc/passwd\n");
  assert.match(outside ?? "", /expected the path of a module in services\/app\/ or examples\//);
});
