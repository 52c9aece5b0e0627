import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { run } from "../../deploy/command.ts";
import { Site } from "./site.ts";

/** Milliseconds. Longer than an edge takes to notice that a replica leaves, on any machine. */
const LAME_DUCK = 25_000;

// One stack for all tests, in order, as in the life of a site.
let site: Site;
before(async () => {
  const lines = ["COMPOSE_FILE=compose.yaml:compose.extra.yaml"];
  site = await Site.start("one", lines, async (made) => {
    await made.composeLines(
      `services: { app: { environment: { GATEWAY_LAME_DUCK: "${LAME_DUCK}" } } }`,
    );
  });
});
after(async () => await site[Symbol.asyncDispose]());

test("a change of the application, deployed by make up, loses no request", async (t) => {
  await site.write("two");
  const untouched = await site.ids("edge-port", "web", "db");
  const { outcome, counts } = await site.underLoad(t, "up.ts", { through: "two" });
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  assert.match(outcome.stdout, /^ {2}during +[\d.]+ +[1-9]\d* +0 +\d+$/m);
  assert.deepEqual(await site.ids("edge-port", "web", "db"), untouched);
  // The deploy reads from the edge when it has noticed: old replicas need not wait any longer.
  const [, ended] = /app-\d+, app-\d+ have ended \(([\d.]+) s\)/.exec(outcome.stdout) ?? [];
  assert.ok(Number(ended) < LAME_DUCK / 1000, outcome.stdout);
});

test("docker compose up after a deploy replaces nothing", async () => {
  const all = ["edge-port", "web", "app", "db", "migrate", "assets"];
  const ids = await site.ids(...all);
  const { code, output } = await run("docker", ["compose", "up", "--detach"], {
    cwd: site.clone.root,
  });
  assert.equal(code, 0, output);
  assert.deepEqual(await site.ids(...all), ids);
});

test("make up starts a database that was stopped, and leaves all else as it is", async () => {
  const ids = await site.ids("edge-port", "web", "app", "db");
  const [db = ""] = await site.ids("db");
  await run("docker", ["stop", db]);
  const { code, stdout, stderr } = await site.clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /db-1 run again/);
  const health = ["inspect", "--format", "{{.State.Health.Status}}", db];
  assert.equal((await run("docker", health)).stdout.trim(), "healthy");
  assert.deepEqual(await site.ids("edge-port", "web", "app", "db"), ids);
});

test("a release that throws at boot is refused in its own words, and the old one serves on", async (t) => {
  const ids = await site.ids("web", "app", "db");
  await site.write("broken", "throws at boot");
  const { outcome, counts } = await site.underLoad(t, "up.ts");
  assert.equal(outcome.code, 1, outcome.stdout);
  assert.match(outcome.stderr, /this release has no heart/);
  await site.assertNoneLost(counts);
  assert.deepEqual(Object.keys(counts.releases), ["two"]);
  assert.deepEqual(await site.ids("web", "app", "db"), ids);
});

test("make rollback brings the release before back, and loses no request", async (t) => {
  const { outcome, counts } = await site.underLoad(t, "rollback.ts", { through: "one" });
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
});
