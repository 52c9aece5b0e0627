import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { MODULE } from "../deploys/application.ts";
import { Site } from "../deploys/site.ts";
import { until } from "../stack/deadline.ts";
import { docker, exec, healthy } from "../stack/docker.ts";
import { call, header } from "../stack/http.ts";

// One stack for all tests, in order.
let site: Site;
before(async () => {
  site = await Site.start("one");
});
after(async () => await site[Symbol.asyncDispose]());

interface Status {
  readonly mode: { readonly kind: string; readonly longest?: number };
  readonly workers: readonly { readonly held: number }[];
}

/** The container of the edge: after a deploy it has another number. */
async function edge(): Promise<Docker.Container> {
  const [web] = await site.clone.stack.containers("web");
  assert.ok(web, "no edge runs");
  return docker.getContainer(web.Id);
}

async function edgeStatus(): Promise<Status> {
  const web = await edge();
  const { output } = await exec(web, ["node", "services/web/main.ts", "status"]);
  return JSON.parse(output);
}

async function make(word: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await site.clone.run(`mode.ts`, { env, words: [word] });
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout;
}

const visit = (options: Parameters<typeof call>[1] = {}, path = "/") =>
  call(`http://127.0.0.1:${site.clone.ports[0]}${path}`, { agent: false, ...options });

/** Starts the edge's container again, as after a failure or a reboot. */
async function restartEdge(): Promise<void> {
  const web = await edge();
  await web.restart({ t: 15 });
  await healthy(web);
}

test("under load, a pause holds every request, and none is lost when it is over", async (t) => {
  const load = site.load();
  t.after(() => load.stop());
  await until("the load runs", async () => load.ok > 100, { within: 30_000 });
  assert.match(
    await make("pause", { SECONDS: "60" }),
    /^paused: requests wait up to 60 s; .*in flight: 0; make resume/,
  );
  const ok = load.ok;
  await until("requests are held", async () => ((await edgeStatus()).workers[0]?.held ?? 0) > 100, {
    within: 20_000,
  });
  // Those that came before have their responses by now.
  assert.ok(load.ok - ok < 50, `${load.ok - ok} responses in the pause`);
  assert.match(await make("resume"), /^live/);
  const resumed = load.ok;
  await until("the load goes on", async () => load.ok > resumed + 300, { within: 30_000 });
  const counts = await load.stop();
  t.diagnostic(JSON.stringify(counts));
  await site.assertNoneLost(counts);
  assert.ok(counts.p99 > 1000, "no request has waited");
});

test("a request that waits longer than the pause allows gets 503 with Retry-After", async () => {
  await make("pause", { SECONDS: "1" });
  const start = performance.now();
  const response = await visit();
  assert.deepEqual([response.status, header(response, "retry-after")], [503, "2"]);
  assert.ok(performance.now() - start >= 1000);
});

test("a pause outlives the edge's container, and a second make pause changes its bound", async () => {
  assert.match(await make("pause", { SECONDS: "20" }), /up to 20 s/);
  await restartEdge();
  assert.deepEqual((await edgeStatus()).mode, { kind: "paused", longest: 20_000 });
  const held = visit({ within: 30_000 });
  await until("it is held", async () => (await edgeStatus()).workers[0]?.held === 1, {
    within: 10_000,
  });
  await make("resume");
  assert.equal((await held).status, 200);
  assert.match(await make("resume"), /^live/);
});

test("maintenance has the operator's text, files and health checks go on, and it outlives the edge", async () => {
  await make("maintenance", { MESSAGE: "Back at <nine>." });
  await restartEdge();
  const page = await visit({ headers: { accept: "text/html" } });
  assert.deepEqual([page.status, header(page, "retry-after")], [503, "60"]);
  assert.match(page.text, /Back at &#60;nine&#62;\./);
  const web = await edge();
  const { NetworkSettings } = await docker
    .getContainer((await site.ids("edge-port"))[0] ?? "")
    .inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  assert.equal((await call(`http://${network?.IPAddress}:9100/readyz`)).status, 200);
  await healthy(web);
  const refused = await site.clone.run("mode.ts", { words: ["resume"] });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /under maintenance, not paused: `live` ends that/);
});

test("a deploy under maintenance brings the release in, and does not end the maintenance", async () => {
  await site.write("two");
  const { code, stdout, stderr } = await site.clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.equal((await visit()).status, 503);
});

test("the link of PASS=1 opens the site to its browser alone", async () => {
  const said = await make("maintenance", { PASS: "1" });
  const link = /way in, until then: https:\/\/\S+(\/\?maintenance-pass=\S+)/.exec(said)?.[1] ?? "";
  const response = await visit({}, link);
  assert.equal(response.status, 303, said);
  const cookie = response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  await restartEdge();
  const page = await visit({ headers: { cookie } });
  assert.deepEqual([page.status, page.headers["x-release"]], [200, "two"]);
  assert.equal((await visit()).status, 503);
  await make("live");
  assert.equal((await visit()).status, 200);
});

test("an edge that starts in a pause is in it, and a deploy does not end it", async () => {
  await make("pause", { SECONDS: "5" });
  await site.clone.setEnv(`APP=${MODULE}`, "WEB_PAUSE_HELD=50", ...(await site.releaseLines()));
  const { code, stdout, stderr } = await site.clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, /web replaced/);
  assert.equal((await edgeStatus()).mode.kind, "paused");
  await make("live");
  assert.equal((await visit()).status, 200);
});

test("EDGE=nginx has maintenance and live; what it does not have is refused", async () => {
  await site.clone.setEnv(`APP=${MODULE}`, "EDGE=nginx", ...(await site.releaseLines()));
  const { code, stdout, stderr } = await site.clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
  await make("maintenance");
  await restartEdge();
  assert.equal((await visit()).status, 503);
  const refused = await site.clone.run("mode.ts", { words: ["pause"] });
  assert.match(refused.stderr, /EDGE=nginx has neither a pause/);
  await make("live");
  assert.equal((await visit()).status, 200);
});

test("without an edge that runs the exit code is 69", async () => {
  await (await edge()).stop();
  const { code, stderr } = await site.clone.run("mode.ts", { words: ["pause"] });
  assert.equal(code, 69, stderr);
});
