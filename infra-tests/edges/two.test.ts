import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "../../deploy/command.ts";
import { MODULE } from "../deploys/application.ts";
import type { Counts } from "../deploys/load.ts";
import { Site } from "../deploys/site.ts";
import { until } from "../stack/deadline.ts";
import { docker, exec, logOf } from "../stack/docker.ts";
import { call } from "../stack/http.ts";

/** Two edges share the ports: what production has, and one's own machine has not. */
const EDGES = "EDGES=2";
const ADMIN_PORTS = [9100, 9101];

/** What one edge has open at 100 requests a second, each of which takes some 25 ms, with room for a slow machine. */
const IN_FLIGHT = 10;

/** Milliseconds on a quiet machine within which an edge logs that another one is frozen. */
const NOTICED = 11_000;

interface Status {
  readonly mode: { readonly kind: string };
  readonly uptime_s: number;
  readonly ports: { readonly admin: number };
}

// One stack for all tests, in order, as in the life of a site.
let site: Site;
before(async () => {
  site = await Site.start("one", [EDGES]);
});
after(async () => await site[Symbol.asyncDispose]());

async function admin(port: number, page: string): Promise<string> {
  const { stack } = site.clone;
  const { id } = await stack.container("edge-port");
  const url = `http://${await stack.addressOn("back", id)}:${port}${page}`;
  return await (await fetch(url, { signal: AbortSignal.timeout(2000) })).text();
}

/** What /status of each edge says. */
async function statuses(): Promise<Status[]> {
  const pages = await Promise.all(ADMIN_PORTS.map((port) => admin(port, "/status")));
  return pages.map((page) => JSON.parse(page));
}

/** Requests that each edge has counted. */
async function counted(): Promise<number[]> {
  const pages = await Promise.all(ADMIN_PORTS.map((port) => admin(port, "/metrics")));
  return pages.map((page) =>
    page
      .split("\n")
      .filter((line) => line.startsWith("web_requests_total{"))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0),
  );
}

const modes = async () => (await statuses()).map(({ mode }) => mode.kind);

/** The statuses of so many requests, each on a connection of its own. */
async function statusesOf(count: number): Promise<number[]> {
  const [http, https] = site.clone.ports;
  const ca = await readFile(join(site.clone.root, "secrets/ca.crt"), "utf8");
  const requests = Array.from({ length: count }, (_, at) => {
    const url = at % 2 === 0 ? `http://127.0.0.1:${http}/` : `https://127.0.0.1:${https}/`;
    return call(url, { agent: false, ca, within: 2 * NOTICED });
  });
  return (await Promise.all(requests)).map(({ status }) => status);
}

/** The admin ports on which an edge responds. */
async function responding(): Promise<number[]> {
  const pages = await Promise.allSettled(ADMIN_PORTS.map((port) => admin(port, "/livez")));
  return ADMIN_PORTS.filter((_, at) => pages[at]?.status === "fulfilled");
}

/** A verb as an operator gives it: to the first container of the service. */
async function verb(...words: string[]) {
  const args = ["compose", "exec", "-T", "web", "node", "services/web/main.ts", ...words];
  return await run("docker", args, { cwd: site.clone.root });
}

/** Has a command change the edges under load, and checks who serves then. */
async function changed(t: Parameters<Site["underLoad"]>[0], lines: string[]): Promise<Counts> {
  const old = await site.ids("web");
  await site.clone.setEnv(`APP=${MODULE}`, ...lines, ...(await site.releaseLines()));
  const { outcome, counts } = await site.underLoad(t, "up.ts");
  assert.equal(outcome.code, 0, `${outcome.stdout}${outcome.stderr}`);
  const ids = await site.ids("web");
  assert.deepEqual(
    ids.filter((id) => old.includes(id)),
    [],
  );
  return counts;
}

test("each of two edges serves, and is read on a port of its own", async (t) => {
  const { counts } = await site.underLoad(t, "status.ts", { env: { ONCE: "1" } });
  await site.assertNoneLost(counts);
  assert.deepEqual(
    (await statuses()).map(({ ports }) => ports.admin),
    ADMIN_PORTS,
  );
  for (const count of await counted()) assert.ok(count > 20, `it served ${count} requests`);
});

test("a verb that one of them gets is done by both", async () => {
  for (const [words, mode] of [
    [["maintenance"], "maintenance"],
    [["live"], "live"],
    [["pause", "30"], "paused"],
    [["resume"], "live"],
  ] as const) {
    const { code, output } = await verb(...words);
    assert.equal(code, 0, output);
    assert.deepEqual(await modes(), [mode, mode]);
  }
  for (const words of [["reload"], ["purge", "--all"]]) {
    const { code, output } = await verb(...words);
    assert.equal(code, 0, output);
  }
});

test("an edge that is killed costs only what it had open; the mode of the other is its own when it is back", async (t) => {
  const { stack } = site.clone;
  const [, other] = await stack.containers("web");
  assert.ok(other);
  const edge = docker.getContainer(other.Id);
  const load = site.load();
  t.after(() => load.stop());
  await until("the load runs", async () => load.ok > 200, { within: 30_000 });
  const before = load.ok;
  await edge.kill({ signal: "SIGKILL" });
  await until("the load goes on", async () => load.ok > before + 200, { within: 30_000 });
  assert.equal((await verb("maintenance")).code, 0);
  assert.equal((await verb("live")).code, 0);
  await edge.start();
  await until("both are there again", async () => (await modes()).join() === "live,live", {
    within: 60_000,
  });
  await until("the load goes on", async () => load.ok > before + 400, { within: 30_000 });
  const { sent, failures } = await load.stop();
  const lost = Object.entries(failures).filter(([why]) => !why.startsWith("status 503"));
  const count = lost.reduce((sum, [, number]) => sum + number, 0);
  t.diagnostic(`${count} of ${sent} lost`);
  assert.ok(count <= IN_FLIGHT, JSON.stringify(failures));
});

test("an edge that is frozen is logged by the other, and does not respond to Prometheus; nothing is lost when it goes on", async (t) => {
  const { stack } = site.clone;
  const edges = await stack.containers("web");
  for (const { Id } of edges) {
    const edge = docker.getContainer(Id);
    const other = docker.getContainer(edges.find((each) => each.Id !== Id)?.Id ?? "");
    const logs = (line: string) => async () => (await logOf(other)).includes(line);
    await edge.pause();
    t.after(() => edge.unpause().catch(() => undefined));
    const statuses = statusesOf(20);
    await until("the other one logs it", logs("edges are frozen"), { within: NOTICED });
    assert.equal((await responding()).length, 1);
    await edge.unpause();
    assert.deepEqual(await statuses, Array(20).fill(200));
    await until("the other one logs that too", logs("edges run again"), { within: NOTICED });
    assert.deepEqual(await modes(), ["live", "live"]);
    const before = await counted();
    await statusesOf(40);
    assert.ok((await counted()).every((count, at) => count > (before[at] ?? 0)));
  }
});

test("a frozen edge that is killed gives what waits at it to the other", async (t) => {
  const edge = await site.clone.stack.container("web");
  // The engine lets a paused container run on before it is killed, and it accepts connections then. These signals
  // reach its workers from inside, and the primary, the first process of the container, from outside alone.
  assert.equal((await exec(edge, ["sh", "-c", "kill -STOP -1"])).code, 0);
  await edge.kill({ signal: "SIGSTOP" });
  // It has ended where all went well: then there is nothing to wake.
  t.after(async () => {
    await edge.kill({ signal: "SIGCONT" }).catch(() => undefined);
    await exec(edge, ["sh", "-c", "kill -CONT -1"]).catch(() => undefined);
  });
  let served = 0;
  const statuses = Array.from({ length: 20 }, async () => {
    const [status] = await statusesOf(1);
    served += 1;
    return status;
  });
  // The kernel divides them: all at one of the two is one case in half a million.
  await until("the other one serves its share", async () => served > 0, { within: 5000 });
  await edge.kill({ signal: "SIGKILL" });
  assert.deepEqual(await Promise.all(statuses), Array(20).fill(200));
  await edge.start();
  await until("both are there again", async () => (await modes()).join() === "live,live", {
    within: 60_000,
  });
});

test("a change of the edge replaces both, and loses no request", async (t) => {
  await site.assertNoneLost(await changed(t, [EDGES, "WEB_KEEP_ALIVE=60000"]));
  assert.equal((await site.ids("web")).length, 2);
  // An edge that ends keeps its port until its end.
  await until("each has a port", async () => (await statuses()).every(({ ports }) => ports.admin), {
    within: 10_000,
  });
});

test("docker compose up after it replaces nothing", async () => {
  const ids = await site.ids("edge-port", "web", "app", "db");
  const { code, output } = await run("docker", ["compose", "up", "--detach"], {
    cwd: site.clone.root,
  });
  assert.equal(code, 0, output);
  assert.deepEqual(await site.ids("edge-port", "web", "app", "db"), ids);
});

test("fewer edges and more of them are a deploy that loses no request", async (t) => {
  await site.assertNoneLost(await changed(t, []));
  assert.equal((await site.ids("web")).length, 1);
  await site.assertNoneLost(await changed(t, [EDGES]));
  assert.equal((await site.ids("web")).length, 2);
});
