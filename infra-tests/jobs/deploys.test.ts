import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { run } from "../../deploy/command.ts";
import { reachable } from "../chain/probe.ts";
import { MODULE } from "../deploys/application.ts";
import { Site } from "../deploys/site.ts";
import { until } from "../stack/deadline.ts";
import { docker, exec, healthy } from "../stack/docker.ts";
import { type Behaviour, jobEvents, SETTINGS, ticks, writeJobs } from "./release.ts";

// One stack for all tests, in order, as in the life of a site: two replicas of two workers each.
let site: Site;
before(async () => {
  site = await Site.start("one", SETTINGS, (made) => writeJobs(made, "one"));
});
after(async () => await site[Symbol.asyncDispose]());

/** Waits until the scheduled task has run so many times more, in this release. */
async function moreTicks(release: string, count: number): Promise<void> {
  const of = async () => (await ticks(site)).filter((tick) => tick.release === release).length;
  const before = await of();
  await until(`${count} more ticks of ${release}`, async () => (await of()) >= before + count, {
    within: 30_000,
  });
}

/** Whether each time has had one run, and every job that began has ended before the next one began. */
async function assertOnce(): Promise<void> {
  const times = (await ticks(site)).map(({ at }) => at);
  assert.ok(times.length > 0);
  assert.deepEqual(times, [...new Set(times)]);
  const events = await jobEvents(site);
  for (const [index, { job, event }] of events.entries()) {
    assert.equal(event, index % 2 === 0 ? "begins" : "ends", JSON.stringify(events));
    if (index % 2 === 1) assert.equal(job, events[index - 1]?.job);
  }
}

const jobsContainer = async () => {
  const [found, ...others] = await site.clone.stack.containers("jobs");
  assert.ok(found !== undefined && others.length === 0, "one container of jobs");
  return docker.getContainer(found.Id);
};

const startedAt = async () => (await (await jobsContainer()).inspect()).State.StartedAt;

test("with two replicas of two workers a scheduled task runs once at each time, in one container", async () => {
  await moreTicks("one", 5);
  await assertOnce();
  const { HostConfig, NetworkSettings, Config } = await (await jobsContainer()).inspect();
  assert.deepEqual(HostConfig.PortBindings ?? {}, {});
  const networks = Object.keys(NetworkSettings.Networks).map((name) => name.split("_").at(-1));
  assert.deepEqual(networks.toSorted(), ["data", "watch"]);
  const [replica] = await site.clone.stack.containers("app");
  assert.ok(replica);
  const app = await docker.getContainer(replica.Id).inspect();
  assert.equal(Config.Image, app.Config.Image);
  const database = (env: string[]) => env.filter((each) => each.startsWith("DATABASE_")).sort();
  assert.deepEqual(database(Config.Env), database(app.Config.Env));
});

test("the metrics of the jobs are on the network of Prometheus; edge and gateway do not reach them", async () => {
  const { NetworkSettings } = await (await jobsContainer()).inspect();
  const hosts = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
  const ends = ["jobs", ...hosts].map((host) => ({ host, port: 9300 }));
  const { stack } = site.clone;
  const open = async (network: string) =>
    (await reachable(stack, await stack.network(network), ends)).length > 0;
  assert.deepEqual(
    [await open("watch"), await open("front"), await open("back")],
    [true, false, false],
  );
});

test("a job in hand finishes during a deploy, and the jobs of the new release run after it", async (t) => {
  await site.write("two");
  await writeJobs(site, "two");
  const untouched = await site.ids("edge-port", "web", "db");
  const old = await site.ids("jobs");
  const { outcome, counts } = await site.underLoad(t, "up.ts", { through: "two" });
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  await moreTicks("two", 3);
  await assertOnce();
  const releases = (await ticks(site)).map(({ release }) => release);
  assert.deepEqual(releases, releases.toSorted(), "none of the old release after the new one");
  const events = await jobEvents(site);
  assert.equal(events.findLast(({ release }) => release === "one")?.event, "ends");
  assert.notDeepEqual(await site.ids("jobs"), old);
  assert.deepEqual(await site.ids("edge-port", "web", "db"), untouched);
  assert.match(outcome.stdout, /jobs-1 finishes what it has in hand/);
});

test("docker compose up after a deploy replaces nothing", async () => {
  const all = ["edge-port", "web", "app", "jobs", "db", "migrate", "assets"];
  const ids = await site.ids(...all);
  const started = await startedAt();
  const { code, output } = await run("docker", ["compose", "up", "--detach"], {
    cwd: site.clone.root,
  });
  assert.equal(code, 0, output);
  assert.deepEqual(await site.ids(...all), ids);
  assert.equal(await startedAt(), started);
});

/** Deploys jobs that are refused, and checks that those of the release before run on. */
async function assertRefused(t: TestContext, behaviour: Behaviour, why: RegExp): Promise<void> {
  await site.write("bad");
  await writeJobs(site, "bad", behaviour);
  const ids = await site.ids("web", "app", "jobs", "db");
  const { outcome, counts } = await site.underLoad(t, "up.ts");
  assert.notEqual(outcome.code, 0, outcome.stdout);
  assert.match(outcome.stderr, why);
  await site.assertNoneLost(counts);
  assert.deepEqual(await site.ids("web", "app", "jobs", "db"), ids);
  await moreTicks("two", 3);
  await assertOnce();
}

test("a release whose schedule is wrong is refused before anything is touched", async (t) => {
  const started = await startedAt();
  await assertRefused(t, "have a wrong schedule", /cron: "61 \* \* \* \*" .*minute: 61/);
  assert.equal(await startedAt(), started, "the old jobs were not even stopped");
});

test("a release whose schedule waits for something is refused after a minute, and no container of the check stays", async (t) => {
  const started = await startedAt();
  await assertRefused(
    t,
    "wait in the schedule",
    /check of the background jobs did not end within 60 s: look in examples\/schedule-under-test\.ts/,
  );
  assert.equal(await startedAt(), started, "the old jobs were not even stopped");
  const label = [`com.docker.compose.project=${site.clone.stack.project}`];
  const oneOffs = { label: [...label, "com.docker.compose.oneoff=True"] };
  assert.deepEqual(await docker.listContainers({ all: true, filters: oneOffs }), []);
});

test("a release whose program ends at once is refused in its own words, and the old jobs run again", async (t) => {
  await assertRefused(t, "end at once", /these jobs have no heart/);
});

test("a release that is refused for its replicas leaves the jobs alone", async (t) => {
  const started = await startedAt();
  await site.write("bad", "throws at boot");
  await writeJobs(site, "bad");
  const { outcome } = await site.underLoad(t, "up.ts");
  assert.match(outcome.stderr, /this release has no heart/);
  assert.equal(await startedAt(), started);
});

test("make rollback brings the jobs of the release before back", async (t) => {
  const { outcome, counts } = await site.underLoad(t, "rollback.ts", { through: "one" });
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  await moreTicks("one", 3);
  const times = (await ticks(site)).map(({ at }) => at);
  assert.deepEqual(times, [...new Set(times)]);
  assert.equal((await ticks(site)).at(-1)?.release, "one");
});

test("killed jobs are started again by the engine, and no time is run twice", async () => {
  const container = await jobsContainer();
  // Everything in it at once, as when the memory is used up. A kill by the engine would count as the operator's.
  await exec(container, ["sh", "-c", "kill -9 -1"]);
  await until(
    "the container has been started again",
    async () => (await container.inspect()).RestartCount > 0,
    { within: 30_000 },
  );
  await healthy(container);
  await moreTicks("one", 3);
  const times = (await ticks(site)).map(({ at }) => at);
  assert.deepEqual(times, [...new Set(times)]);
});

test("without JOBS and SCHEDULE there is no such container", async () => {
  await site.write("three");
  await site.clone.setEnv(`APP=${MODULE}`);
  const { code, stdout, stderr } = await site.clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.deepEqual(await site.clone.stack.containers("jobs"), []);
});
