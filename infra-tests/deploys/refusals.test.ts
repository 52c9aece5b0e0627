import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { run } from "../../deploy/command.ts";
import type { RunOptions } from "../first-run/fresh-clone.ts";
import type { Behaviour } from "./application.ts";
import { Site } from "./site.ts";

// One stack for all tests, in order.
let site: Site;
before(async () => {
  site = await Site.start("one");
});
after(async () => await site[Symbol.asyncDispose]());

/** Deploys under load, and checks that nothing of it ran and nothing was lost. */
async function assertRefused(t: TestContext, why: RegExp, options: RunOptions = {}): Promise<void> {
  const ids = await site.ids("edge-port", "web", "app", "db");
  const { outcome, counts } = await site.underLoad(t, "up.ts", options);
  assert.notEqual(outcome.code, 0, outcome.stdout);
  assert.match(outcome.stderr, why);
  await site.assertNoneLost(counts);
  assert.deepEqual(Object.keys(counts.releases), ["one"]);
  assert.deepEqual(await site.ids("edge-port", "web", "app", "db"), ids);
}

const bad: readonly (readonly [Behaviour, RegExp])[] = [
  ["throws at boot", /this release has no heart/],
  ["fails requests", /GET \/healthz has the status 500, "bad 0 .*GATEWAY_HEALTH_PATH/],
];
for (const [behaviour, why] of bad) {
  test(`a release that ${behaviour} is refused, and no request is lost`, async (t) => {
    await site.write("bad", behaviour);
    await assertRefused(t, why);
  });
}

test("a release whose migration fails is refused, and no request is lost", async (t) => {
  await site.write("bad");
  const command = "[node, -e, \"throw new Error('no such table')\"]";
  const env = await site.composeLines(`services: { migrate: { command: ${command} } }`);
  await assertRefused(t, /migrate failed: .*no such table/, { env });
});

test("a release that does not build is refused, and no request is lost", async (t) => {
  await site.write("bad");
  const dockerfile = join(site.clone.root, "Dockerfile.app");
  const before = await readFile(dockerfile, "utf8");
  await writeFile(dockerfile, `${before}RUN echo no build today && false\n`);
  await assertRefused(t, /the images could not be built/);
  await writeFile(dockerfile, before);
});

test("an edge that does not start is refused, and no request is lost", async (t) => {
  await site.write("one");
  const env = await site.composeLines("services: { web: { environment: { WEB_NO_SUCH: '1' } } }");
  await assertRefused(t, /WEB_NO_SUCH: no such setting/, { env });
});

test("a release that fails half of its requests is withdrawn in its first seconds", async (t) => {
  const ids = await site.ids("app");
  await site.write("bad", "fails half the requests");
  const { outcome, counts } = await site.underLoad(t, "up.ts");
  assert.equal(outcome.code, 1, outcome.stdout);
  assert.match(outcome.stderr, /withdrawn: \d+ of its first \d+ responses had a status of 500/);
  assert.deepEqual(Object.keys(counts.failures), ["status 500"]);
  assert.deepEqual(await site.ids("app"), ids);
});

test("Ctrl-C in the middle leaves the release that runs, and loses no request", async (t) => {
  await site.write("two");
  await assertRefused(t, /stopped by SIGINT/, { interruptAt: /\] replicas/ });
});

test("after a deploy that was killed in the middle the next one puts it right", async (t) => {
  await site.write("three");
  const killed = { interruptAt: /new: ready/, signal: "SIGKILL" } as const;
  await site.clone.run("up.ts", killed);
  const { outcome, counts } = await site.underLoad(t, "up.ts", { through: "three" });
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  assert.equal((await site.ids("app")).length, 2);
});

test("a change of the edge loses no request, and leaves the application alone", async (t) => {
  const untouched = await site.ids("edge-port", "app", "db");
  await appendFile(join(site.clone.root, "services/web/main.ts"), "// another release\n");
  const { outcome, counts } = await site.underLoad(t, "up.ts");
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  await site.assertNoneLost(counts);
  assert.match(outcome.stdout, /web replaced/);
  assert.deepEqual(await site.ids("edge-port", "app", "db"), untouched);
});

test("one replica at a time loses no request either", async (t) => {
  await site.write("four");
  const options = { env: { ONE_AT_A_TIME: "1" }, through: "four" };
  const { outcome, counts } = await site.underLoad(t, "up.ts", options);
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  assert.match(outcome.stdout, /one replica at a time/);
  await site.assertNoneLost(counts);
});

test("for comparison: docker compose up --build loses requests", async (t) => {
  await site.write("five");
  const load = site.load();
  t.after(() => load.stop());
  const { code, output } = await run("docker", ["compose", "up", "--detach", "--build", "--wait"], {
    cwd: site.clone.root,
  });
  assert.equal(code, 0, output);
  const { sent, ok, failures } = await load.stop();
  t.diagnostic(`docker compose up --build: ${sent - ok} of ${sent}: ${JSON.stringify(failures)}`);
});
