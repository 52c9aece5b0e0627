import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, type TestContext, test } from "node:test";
import { LINES } from "../deploys/application.ts";
import type { Counts } from "../deploys/load.ts";
import { until } from "../stack/deadline.ts";
import { call, header, tiers } from "../stack/http.ts";
import { Site } from "./site.ts";

const NAMESPACE = ["--namespace", "gatehouse"];

// One cluster for all tests, in order, as in the life of a site.
let site: Site;
before(async () => {
  site = await Site.start();
  await site.buildAndLoad({ one: "serves", two: "serves", broken: "throws at boot" });
});
after(async () => await site[Symbol.asyncDispose]());

/** Runs something under the load. @returns what the client counted */
async function underLoad(t: TestContext, what: string, work: () => Promise<void>): Promise<Counts> {
  const load = await site.load();
  t.after(() => load.stop());
  const start = performance.now();
  await work();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const counts = await load.stop();
  t.diagnostic(`${what}, ${seconds} s: ${JSON.stringify(counts)}`);
  return counts;
}

const shared = (pods: readonly string[], others: readonly string[]) =>
  pods.filter((pod) => others.includes(pod));

async function assertNoneLost({ sent, ok, failures }: Counts): Promise<void> {
  assert.deepEqual(failures, {}, await site.cluster.evidence());
  assert.equal(ok, sent);
}

test("three commands bring the chain into a cluster, and a page comes through it", async () => {
  await site.write({ web: "one", app: "one" });
  await site.applySecrets();
  await site.applyBefore();
  const { code, output } = await site.rollOut();
  assert.equal(code, 0, `${output}\n${await site.cluster.evidence()}`);
  const { http, https } = await site.origins();
  const ca = readFileSync(`${site.root}/secrets/ca.crt`, "utf8");
  for (const url of [http, https]) {
    const response = await call(`${url}/page`, { ca });
    assert.equal(response.status, 200);
    assert.equal(response.text, "one 0\n".repeat(LINES));
    assert.deepEqual(tiers(response), ["web", "queue", "gateway", "app"]);
    assert.ok(header(response, "x-request-id"));
  }
});

test("the edge serves the assets that the release's Job has collected", async () => {
  const { stdout } = await site.cluster.run("cat", "/volumes/assets/.manifest.json");
  const [asset] = Object.values<string>(JSON.parse(stdout));
  const { http } = await site.origins();
  const response = await call(`${http}/assets/${asset}`);
  assert.equal(response.status, 200);
  assert.match(header(response, "cache-control"), /immutable/);
  assert.deepEqual(tiers(response), ["web"]);
});

test("the API server accepts the overlay production with the background jobs", async () => {
  await site.cluster.kubectl("create", "namespace", "production");
  const overlay = await site.writeOverlay("everything", {
    namespace: "production",
    resources: ["../production"],
    components: ["../../components/jobs"],
  });
  const applied = await site.cluster.kubectl("apply", "--dry-run=server", "-k", overlay);
  for (const object of ["horizontalpodautoscaler.autoscaling/app", "deployment.apps/jobs"]) {
    assert.ok(applied.includes(`${object} created (server dry run)`), applied);
  }
});

test("the namespace refuses a pod that is not as safe as ours", async () => {
  const args = ["run", "unsafe", "--image=unsafe:1", "--dry-run=server"];
  const { code, output } = await site.cluster.try(...args, ...NAMESPACE);
  assert.notEqual(code, 0);
  assert.match(output, /violates PodSecurity "restricted/);
});

test("the pods of each tier are on different nodes", async () => {
  for (const tier of ["web", "app"]) {
    assert.deepEqual(await site.nodesOf(tier), ["node1", "node2"], await site.cluster.evidence());
  }
});

/** Brings a release in, as docs/scaling.md says. */
async function release(web: string, app: string, seconds?: number) {
  await site.write({ web, app });
  await site.applyBefore();
  return await site.rollOut(seconds);
}

async function assertReleased(web: string, app: string): Promise<void> {
  const { code, output } = await release(web, app);
  assert.equal(code, 0, `${output}\n${await site.cluster.evidence()}`);
}

const undo = ["rollout", "undo", ...NAMESPACE, "deployment/app"];

test("a new release of the application loses no request, and does not touch the edge", async (t) => {
  const edges = await site.pods("web");
  const old = await site.pods("app");
  const counts = await underLoad(t, "application", () => assertReleased("one", "two"));
  await assertNoneLost(counts);
  assert.ok(Number(counts.releases.one) > 0 && Number(counts.releases.two) > 0);
  assert.deepEqual(await site.pods("web"), edges);
  assert.deepEqual(shared(await site.pods("app"), old), []);
});

test("a rollback to the release before loses no request", async (t) => {
  const counts = await underLoad(t, "rollback", async () => {
    await site.cluster.kubectl(...undo);
    assert.equal((await site.rolledOut()).code, 0);
  });
  await assertNoneLost(counts);
  assert.ok(Number(counts.releases.one) > 0 && Number(counts.releases.two) > 0);
});

test("a new release of the edge loses no request, and does not touch the application", async (t) => {
  const gateways = await site.pods("app");
  const old = await site.pods("web");
  const counts = await underLoad(t, "edge", () => assertReleased("two", "one"));
  await assertNoneLost(counts);
  assert.deepEqual(await site.pods("app"), gateways);
  assert.deepEqual(shared(await site.pods("web"), old), []);
});

test("a release that does not boot is never admitted, says why, and a rollback ends it", async (t) => {
  const old = await site.pods("app");
  const counts = await underLoad(t, "refused", async () => {
    const { code, output } = await release("two", "broken", 20);
    assert.notEqual(code, 0, output);
    const broken = (await site.pods("app")).filter((pod) => !old.includes(pod));
    assert.equal(broken.length, 1, broken.join());
    const log = await site.cluster.kubectl("logs", ...NAMESPACE, ...broken);
    assert.match(log, /this release has no heart/);
    await site.cluster.kubectl(...undo);
    assert.equal((await site.rolledOut()).code, 0);
  });
  await assertNoneLost(counts);
  assert.deepEqual(Object.keys(counts.releases), ["one"]);
  assert.deepEqual(await site.pods("app"), old);
});

test("a drain of a node loses no request", async (t) => {
  const counts = await underLoad(t, "drain", async () => {
    const drain = ["drain", "node2", "--delete-emptydir-data", "--timeout=300s"];
    await site.cluster.kubectl(...drain);
    await until(
      "the pods serve on the other node",
      async () => (await site.rolledOut(1)).code === 0,
      { within: 90_000, evidence: () => site.cluster.evidence() },
    );
  });
  for (const tier of ["web", "app"]) assert.deepEqual(await site.nodesOf(tier), ["node1"]);
  await site.cluster.kubectl("uncordon", "node2");
  await assertNoneLost(counts);
});

test("a changed setting replaces the tier that reads it, and no other", async () => {
  const before = { web: await site.pods("web"), app: await site.pods("app") };
  await site.write({ web: "two", app: "one", settings: { GATEWAY_KEEP_ALIVE: "70000" } });
  await site.applyBefore();
  const { code, output } = await site.rollOut();
  assert.equal(code, 0, output);
  assert.deepEqual(await site.pods("web"), before.web);
  assert.deepEqual(
    (await site.pods("app")).filter((pod) => before.app.includes(pod)),
    [],
  );
});

test("of two releases at once, the second is refused while the Job of the first runs", async () => {
  await site.cluster.kubectl("delete", "job", ...NAMESPACE, "--all");
  await site.write({ web: "two", app: "one" });
  const select = ["--selector", "gatehouse/step=before"];
  const overlay = "deploy/kubernetes/overlays/lab";
  await site.cluster.kubectl("apply", "-k", overlay, ...select);
  await site.write({ web: "two", app: "two" });
  const { code, output } = await site.cluster.try("apply", "-k", overlay, ...select);
  assert.notEqual(code, 0);
  assert.match(output, /"migrate" is invalid: spec\.template: .*field is immutable/s);
});
