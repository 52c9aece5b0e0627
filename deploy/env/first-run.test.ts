import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { temporaryClone } from "../testing.ts";
import { readEnv } from "./environment.ts";
import { ensureEnvFile, type Machine } from "./first-run.ts";

const official = {
  NODE_IMAGE: "",
  POSTGRES_IMAGE: "",
  NGINX_IMAGE: "",
  REDIS_IMAGE: "",
  MAIL_IMAGE: "",
  K6_IMAGE: "",
  PLAYWRIGHT_IMAGE: "",
};

const machine = (images: Machine["chooseImages"], processors = 2): Machine => ({
  chooseImages: images,
  nameToday: async (image) => image.replace(/^former\//, "today/"),
  processors: async () => processors,
});
const withOfficial = machine(async () => official);

test("the first run writes .env with the project name and the chosen images", async (t) => {
  const clone = await temporaryClone(t);
  const said = await ensureEnvFile(
    clone,
    machine(async () => ({ ...official, NODE_IMAGE: "base/node:1" })),
  );
  assert.equal(said, "wrote .env from .env.example");
  const values = readEnv(await readFile(clone.envFile, "utf8"));
  assert.equal(values.COMPOSE_PROJECT_NAME, clone.project);
  assert.equal(values.NODE_IMAGE, "base/node:1");
  assert.equal(values.K6_IMAGE, "");
  // A database's password or a token may be written into it.
  assert.equal((await stat(clone.envFile)).mode & 0o777, 0o600);
});

test("ports that the first run was given are those of the clone from then on", async (t) => {
  const clone = await temporaryClone(t);
  await ensureEnvFile(clone, withOfficial, { PUBLISH_HTTP_PORT: "9080", REPLICAS: "3" });
  const values = readEnv(await readFile(clone.envFile, "utf8"));
  assert.equal(values.PUBLISH_HTTP_PORT, "9080");
  assert.equal(values.PUBLISH_HTTPS_PORT, "8443");
  assert.equal(values.REPLICAS, "2");
});

test("the replicas divide the machine's processors, with one worker for each", async (t) => {
  const sizes: unknown[] = [];
  for (const processors of [1, 2, 3, 8]) {
    const clone = await temporaryClone(t);
    await ensureEnvFile(
      clone,
      machine(async () => official, processors),
      {},
    );
    const { GATEWAY_WORKERS, CPUS_APP } = readEnv(await readFile(clone.envFile, "utf8"));
    sizes.push([processors, GATEWAY_WORKERS, CPUS_APP]);
  }
  assert.deepEqual(sizes, [
    [1, "1", "1.00"],
    [2, "1", "1.00"],
    [3, "1", "1.00"],
    [8, "4", "4.00"],
  ]);
});

test("ports that a later run was given are said to be for that run only", async (t) => {
  const clone = await temporaryClone(t);
  await ensureEnvFile(clone, withOfficial, {});
  const said = await ensureEnvFile(clone, withOfficial, {
    PUBLISH_HTTP_PORT: "9080",
    PUBLISH_HTTPS_PORT: "8443",
    DATABASE_URL: "postgres://site:secret@db.example.net/shop",
  });
  assert.equal(said, "for this run only, not in .env: PUBLISH_HTTP_PORT=9080, DATABASE_URL");
});

test("a base image that has another name today has it in .env too", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, "NODE_IMAGE=former/node:1\nPOSTGRES_IMAGE=mine/postgres:1\n");
  await ensureEnvFile(
    clone,
    machine(async () => ({})),
  );
  const { NODE_IMAGE, POSTGRES_IMAGE } = readEnv(await readFile(clone.envFile, "utf8"));
  assert.deepEqual([NODE_IMAGE, POSTGRES_IMAGE], ["today/node:1", "mine/postgres:1"]);
});

test("base images are chosen once", async (t) => {
  const clone = await temporaryClone(t);
  await ensureEnvFile(clone, withOfficial);
  const said = await ensureEnvFile(
    clone,
    machine(() => assert.fail("chosen twice")),
  );
  assert.equal(said, ".env is complete");
});

test("what an operator wrote into .env stays, and only what is missing is added", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, "# mine\nREPLICAS=5\nNODE_IMAGE=mine/node:1\n");
  const images = machine(async (asked) => {
    assert.ok(!asked.includes("NODE_IMAGE"), "NODE_IMAGE is set and must not be chosen");
    return { NGINX_IMAGE: "base/nginx:1" };
  });
  const said = await ensureEnvFile(clone, images);
  assert.equal(said, "completed .env");
  assert.equal(
    await readFile(clone.envFile, "utf8"),
    `# mine\nREPLICAS=5\nNODE_IMAGE=mine/node:1\nCOMPOSE_PROJECT_NAME=${clone.project}\n` +
      "NGINX_IMAGE=base/nginx:1\n",
  );
});

test("the build target in .env follows the module in .env", async (t) => {
  const clone = await temporaryClone(t);
  const buildApp = async () => readEnv(await readFile(clone.envFile, "utf8")).BUILD_APP;
  const start = `COMPOSE_PROJECT_NAME=x\nNODE_IMAGE=\n`;
  await writeFile(clone.envFile, `${start}APP=examples/echo.ts\n`);
  await ensureEnvFile(clone, withOfficial);
  assert.equal(await buildApp(), "examples");
  await writeFile(clone.envFile, `${start}BUILD_APP=examples\nAPP=services/app/gateway.ts\n`);
  await ensureEnvFile(clone, withOfficial);
  assert.equal(await buildApp(), "app");
});
