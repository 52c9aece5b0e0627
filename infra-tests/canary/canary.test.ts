import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { slowness } from "@gatehouse/telemetry/testing";
import { run } from "../../deploy/command.ts";
import { claimDeployLock } from "../../deploy/releases/lock.ts";
import type { Counts } from "../deploys/load.ts";
import { Site } from "../deploys/site.ts";
import { until } from "../stack/deadline.ts";
import { docker, healthy } from "../stack/docker.ts";
import { call } from "../stack/http.ts";

// One stack for all tests, in order, as in the life of a site.
let site: Site;
/** The release that runs. */
let current = "one";
before(async () => {
  site = await Site.start("one");
});
after(async () => await site[Symbol.asyncDispose]());

/** A visitor's browser: it keeps the cookie that it gets. */
class Visitor {
  cookie = "";
  readonly releases: string[] = [];

  async visit(): Promise<void> {
    const { status, headers } = await call(`http://127.0.0.1:${site.clone.ports[0]}/page`, {
      agent: false,
      headers: this.cookie === "" ? {} : { cookie: this.cookie },
    });
    assert.equal(status, 200);
    const [made] = headers["set-cookie"] ?? [];
    if (made !== undefined) this.cookie = made.split(";")[0] ?? "";
    this.releases.push(String(headers["x-release"]));
  }

  /** The releases that it saw, without repetitions. */
  get path(): string {
    return this.releases.filter((each, at, all) => each !== all[at - 1]).join(" ");
  }
}

const canary = (env: Readonly<Record<string, string>> = {}) => site.clone.run("canary.ts", { env });

async function succeeds(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await canary(env);
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout;
}

/** The containers of canaries of this site. */
async function canaries(): Promise<string[]> {
  const all = await docker.listContainers({ all: true });
  return all
    .flatMap(({ Names }) => Names)
    .filter((name) => name === `/${site.clone.stack.project}-app-canary`);
}

async function underLoad(t: TestContext, env: Readonly<Record<string, string>>) {
  return await site.underLoad(t, "canary.ts", { env });
}

const bothSides = (output: string) =>
  [...output.matchAll(/^ {2}(running|canary) +(\d+) +(\d+) /gm)].map(([, , requests, failed]) => ({
    requests: Number(requests),
    failed: Number(failed),
  }));

/** What 600 more requests without a cookie say. */
async function measure(t: TestContext): Promise<Counts> {
  const load = site.load();
  t.after(() => load.stop());
  await until("600 responses", async () => load.ok >= 600, { within: 60_000 });
  return await load.stop();
}

const visitors = Array.from({ length: 60 }, () => new Visitor());
const visitAll = async () => void (await Promise.all(visitors.map((each) => each.visit())));

test("a release that throws at boot is no canary, and says so in its own words", async (t) => {
  await site.write("broken", "throws at boot");
  const ids = await site.ids("web", "app", "db");
  const { outcome, counts } = await underLoad(t, { PERCENT: "20" });
  assert.equal(outcome.code, 1, outcome.stdout);
  assert.match(outcome.stderr, /this release has no heart/);
  await site.assertNoneLost(counts);
  assert.deepEqual(Object.keys(counts.releases), ["one"]);
  assert.deepEqual([await site.ids("web", "app", "db"), await canaries()], [ids, []]);
});

test("a canary starts without a lost request, and gets its share within the bounds of chance", async (t) => {
  await site.write("two");
  const { outcome, counts } = await underLoad(t, { PERCENT: "20" });
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  const measured = await measure(t);
  t.diagnostic(JSON.stringify(measured));
  await site.assertNoneLost(measured);
  const { one = 0, two = 0 } = measured.releases;
  const all = one + two;
  // Five standard deviations of a binomial distribution.
  assert.ok(Math.abs(two - all * 0.2) < 5 * Math.sqrt(all * 0.16), `${two} of ${all}`);
});

test("a visitor stays with one release, also after the edge's container has started again", async () => {
  for (let round = 0; round < 4; round++) await visitAll();
  const web = await site.clone.stack.container("web");
  await web.restart({ t: 15 });
  await healthy(web);
  // A new edge knows the canary when it has found it.
  const fresh = async () => {
    const visitor = new Visitor();
    await visitor.visit();
    return visitor.cookie !== "";
  };
  await until("the edge has found the canary", fresh, { within: 20_000 });
  for (let round = 0; round < 3; round++) await visitAll();
  assert.deepEqual(new Set(visitors.map(({ path }) => path)), new Set(["one", "two"]));
});

test("make canary shows the counts of both sides, and a larger share moves none back", async () => {
  const [running, own] = bothSides(await succeeds());
  assert.ok((running?.requests ?? 0) >= 100 && (own?.requests ?? 0) >= 10);
  assert.deepEqual([running?.failed, own?.failed], [0, 0]);
  assert.match(await succeeds({ PERCENT: "50" }), /: 50 % of the clients/);
  await visitAll();
  const paths = new Set(visitors.map(({ path }) => path));
  assert.deepEqual(paths, new Set(["one", "two", "one two"]));
});

test("beside a canary no deploy begins, and docker compose up changes nothing", async () => {
  const refused = await site.clone.run("up.ts");
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /a canary runs beside the release: make canary PROMOTE=1 or REVERT=1/,
  );
  const services = ["edge-port", "web", "app", "db", "migrate", "assets"];
  const ids = await site.ids(...services);
  const { code, output } = await run("docker", ["compose", "up", "--detach"], {
    cwd: site.clone.root,
  });
  assert.equal(code, 0, output);
  assert.deepEqual(await site.ids(...services), ids);
  assert.equal((await canaries()).length, 1);
});

test("a promotion loses no request, sends no visitor back, and ends the canary", async (t) => {
  const before = visitors.map(({ releases }) => releases.at(-1));
  let over = false;
  const visiting = until(
    "the promotion has ended",
    async () => {
      await visitAll();
      return over;
    },
    { within: 180_000, every: 500 },
  );
  const { outcome, counts } = await underLoad(t, { PROMOTE: "1" });
  over = true;
  await visiting;
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  await visitAll();
  for (const [at, visitor] of visitors.entries()) {
    assert.equal(visitor.releases.at(-1), "two");
    if (before[at] === "two") assert.match(visitor.path, /^(one )?two$/);
  }
  assert.deepEqual(await canaries(), []);
  current = "two";
  assert.deepEqual(Object.keys((await measure(t)).releases), [current]);
});

test("a canary that fails is reverted by rule, with the figures of both sides, also beside a deploy that hangs", async (t) => {
  await site.write("bad", "fails half the requests");
  const { project } = site.clone.stack;
  const watching = underLoad(t, { PERCENT: "20", FOR: "2m" });
  let lock: Disposable | undefined;
  await until(
    "the canary is watched",
    async () => {
      if ((await canaries()).length === 0) return false;
      lock = await claimDeployLock(project, "deploy").catch(() => undefined);
      return lock !== undefined;
    },
    { within: 120_000, every: 100 },
  );
  const { outcome, counts } = await watching;
  assert.equal(outcome.code, 1, outcome.stdout);
  assert.match(
    outcome.stderr,
    /reverted.*: \d+ of \d+ requests of the canary failed, 0 of \d+ of the release.*; its container is left/,
  );
  assert.deepEqual(Object.keys(counts.failures), ["status 500"]);
  assert.match(await succeeds(), /: 0 % of the clients/);
  lock?.[Symbol.dispose]();
  await succeeds({ REVERT: "1" });
  assert.deepEqual(await canaries(), []);
  const measured = await measure(t);
  await site.assertNoneLost(measured);
  assert.deepEqual(Object.keys(measured.releases), [current]);
});

test("a canary that is slow is reverted by rule", async (t) => {
  await site.write("slow", "is slow");
  const { outcome, counts } = await underLoad(t, { PERCENT: "30", FOR: "2m" });
  assert.equal(outcome.code, 1, outcome.stdout);
  assert.match(outcome.stderr, /95 of 100 requests take up to \d+ ms at the canary/);
  await site.assertNoneLost(counts);
  assert.deepEqual(await canaries(), []);
});

test("a canary that is lost costs its clients nothing, and is reverted", async (t) => {
  await site.write("three");
  await succeeds({ PERCENT: "30" });
  const load = site.load();
  t.after(() => load.stop());
  await until("the canary serves", async () => load.of("three") > 30, { within: 30_000 });
  await docker.getContainer(`${site.clone.stack.project}-app-canary`).kill();
  const seen = load.ok;
  await until("the site serves on", async () => load.ok > seen + 200, { within: 30_000 });
  const { stdout } = await canary();
  const [, own] = bothSides(stdout);
  assert.ok((own?.failed ?? 0) > 10, stdout);
  // Once it runs again, what was lost without it says nothing of it.
  const [, again] = bothSides(await succeeds({ PERCENT: "30" }));
  assert.equal(again?.failed, 0);
  await succeeds({ REVERT: "1" });
  const { failures } = await load.stop();
  t.diagnostic(JSON.stringify(failures));
  // What was in flight when it was killed; a POST is never sent twice.
  assert.ok(
    Object.values(failures).reduce((sum, count) => sum + count, 0) < 10,
    JSON.stringify(failures),
  );
  assert.deepEqual(await canaries(), []);
});

test("a canary that is as good is promoted at the end of its time", async (t) => {
  await site.write("four");
  // Some 150 requests of its clients, at the rate that this machine bears.
  const duration = `${Math.ceil(5 * Math.max(2, slowness()))}s`;
  const { outcome, counts } = await underLoad(t, { PERCENT: "30", FOR: duration });
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  assert.deepEqual(Object.keys((await measure(t)).releases), ["four"]);
});

test("make down removes a canary too", async () => {
  await site.write("five");
  await succeeds({ PERCENT: "10" });
  await run("docker", ["compose", "down", "--remove-orphans"], { cwd: site.clone.root });
  assert.deepEqual(await canaries(), []);
});
