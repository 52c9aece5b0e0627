import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { eventually } from "../testing/edge.ts";
import { startEdgeProcess, temporaryFolder } from "../testing/edge-process.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

/** An edge in processes of its own, before an application that counts its requests. */
async function start(t: TestContext, folder: string, ...flags: string[]) {
  let requests = 0;
  const application = createServer((_, response) => {
    response.setHeader("cache-control", "s-maxage=60");
    response.end(`response ${++requests}`);
  });
  application.listen(0, "127.0.0.1");
  await once(application, "listening");
  t.after(() => application.close().closeAllConnections());
  const { port } = application.address() as AddressInfo;
  const socket = join(folder, "control.sock");
  const edge = startEdgeProcess(
    t,
    "--https=off",
    `--control-socket=${socket}`,
    `--state-file=${join(folder, "state.json")}`,
    `--upstream=127.0.0.1:${port}`,
    ...flags,
  );
  const { http, admin } = await edge.ready();
  return {
    edge,
    socket,
    url: `http://127.0.0.1:${http}`,
    status: async () => (await fetch(`http://127.0.0.1:${admin}/status`)).json(),
    requests: () => requests,
  };
}

/** Runs a verb as an operator does. */
function verb(socket: string, ...words: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const args = [MAIN, ...words, `--control-socket=${socket}`];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      done({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

test("only its owner may open the control socket", async (t) => {
  const { socket } = await start(t, await temporaryFolder(t));
  assert.equal(statSync(socket).mode & 0o777, 0o600);
});

test("pause waits for requests in flight, resume forwards the held ones, in every worker", async (t) => {
  const { socket, url, requests } = await start(t, await temporaryFolder(t), "--workers=2");
  const paused = await verb(socket, "pause", "60");
  const stdout = "paused: requests wait up to 60 s; earlier requests still in flight: 0\n";
  assert.deepEqual(paused, { code: 0, stdout, stderr: "" });
  const held = Array.from({ length: 8 }, (_, at) => fetch(`${url}/${at}`));
  await eventually(
    async () => JSON.parse((await verb(socket, "status")).stdout).workers as { held: number }[],
    (workers) => workers.reduce((sum, each) => sum + each.held, 0) === 8,
  );
  assert.equal(requests(), 0);
  assert.deepEqual(await verb(socket, "resume"), { code: 0, stdout: "live\n", stderr: "" });
  for (const response of held) assert.equal((await response).status, 200);
});

test("maintenance outlives the edge, and live ends it", async (t) => {
  const folder = await temporaryFolder(t);
  const first = await start(t, folder);
  await verb(first.socket, "maintenance", "--message", "Back at nine");
  const refused = await verb(first.socket, "resume");
  assert.deepEqual([refused.code, refused.stderr.includes("`live`")], [1, true]);
  first.edge.child.kill("SIGKILL");
  await first.edge.exited;
  const second = await start(t, folder);
  const page = await fetch(second.url);
  assert.equal(page.status, 503);
  assert.ok((await page.text()).includes("Back at nine"));
  assert.equal((await verb(second.socket, "live")).stdout, "live\n");
  assert.equal((await fetch(second.url)).status, 200);
});

test("the share of a canary outlives the edge and a pause, and bad ones are refused", async (t) => {
  const folder = await temporaryFolder(t);
  const first = await start(t, folder);
  const set = await verb(first.socket, "canary", "12.5");
  assert.deepEqual(set, { code: 0, stdout: "a canary gets 12.5 % of the clients\n", stderr: "" });
  for (const bad of ["101", "many", ""]) {
    const { code, stderr } = await verb(first.socket, "canary", bad);
    assert.deepEqual([code, stderr], [1, "canary: expected a number from 0 to 100\n"], bad);
  }
  await verb(first.socket, "pause", "5");
  await verb(first.socket, "resume");
  first.edge.child.kill("SIGKILL");
  await first.edge.exited;
  const second = await start(t, folder);
  assert.equal(((await second.status()) as { canary: number }).canary, 12.5);
  await verb(second.socket, "canary", "0");
  assert.deepEqual(JSON.parse(readFileSync(join(folder, "state.json"), "utf8")), { kind: "live" });
});

test("the replacement of a crashed worker is in the same mode", async (t) => {
  const { edge, socket, url, status } = await start(t, await temporaryFolder(t));
  await verb(socket, "maintenance");
  const pid = async () => ((await status()) as { workers: { pid: number }[] }).workers[0]?.pid;
  process.kill((await pid()) ?? 0, "SIGKILL");
  await edge.message("worker died");
  const page = await eventually(
    () => fetch(url).catch(() => undefined),
    (response) => response !== undefined,
  );
  assert.equal(page?.status, 503);
});

test("a state file that cannot be read is logged and ignored", async (t) => {
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, "state.json"), '{"kind":"maint');
  const { edge, url, socket } = await start(t, folder);
  await edge.message("state file ignored: the site is live");
  assert.equal((await fetch(url)).status, 200);
  await verb(socket, "pause", "5");
  const kept = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
  assert.deepEqual(kept, { kind: "paused", longest: 5000 });
});

test("a mode that cannot be kept over a restart is not set", async (t) => {
  const folder = await temporaryFolder(t);
  const { socket, url } = await start(t, folder, "--state-file=/nonexistent/state.json");
  const { code, stderr } = await verb(socket, "maintenance");
  assert.equal(code, 1);
  assert.match(stderr, /^a restart would forget it, so nothing was changed: .*ENOENT/);
  assert.equal((await fetch(url)).status, 200);
});

test("after a purge the application gets the requests again", async (t) => {
  const { socket, url, requests } = await start(t, await temporaryFolder(t));
  const fill = async () => {
    for (const path of ["/a", "/b/1", "/b/2"]) await fetch(url + path);
    return requests();
  };
  assert.equal(await fill(), 3);
  assert.equal((await verb(socket, "purge", "/a")).stdout, "1 address removed from the cache\n");
  assert.equal(await fill(), 4);
  assert.equal(
    (await verb(socket, "purge", "--prefix", `${url}/b/`)).stdout,
    "2 addresses removed from the cache\n",
  );
  assert.equal(await fill(), 6);
  assert.equal(
    (await verb(socket, "purge", "--all")).stdout,
    "3 addresses removed from the cache\n",
  );
  assert.equal(await fill(), 9);
});

test("reload is HUP with a result", async (t) => {
  const { socket, edge } = await start(t, await temporaryFolder(t));
  assert.deepEqual(await verb(socket, "reload"), { code: 0, stdout: "reloaded\n", stderr: "" });
  await edge.message("reload done");
});

const mistakes: [string[], number, RegExp][] = [
  [["pause", "0"], 1, /^pause: expected seconds from 1 to 3600\n$/],
  [["pause", "soon"], 1, /^pause: expected seconds/],
  [["purge"], 1, /^purge: expected a path such as \/news\?page=2, a URL, or --all\n$/],
  [["purge", "news"], 1, /^purge: expected a path/],
  [["purge", "--all", "/x"], 1, /^purge: --all takes no address\n$/],
  [["purge", "--all", "--prefix"], 1, /not both/],
  [["live", "--message", "x"], 1, /Unknown option '--message'/],
  [["resume", "now"], 1, /^resume: unexpected word "now"\n$/],
  [["paus"], 78, /^paus: no such verb; did you mean pause\?\n$/],
];
test("a verb that makes no sense changes nothing and says why", async (t) => {
  const { socket, url } = await start(t, await temporaryFolder(t));
  for (const [words, code, why] of mistakes) {
    const result = await verb(socket, ...words);
    assert.equal(result.code, code, words.join(" "));
    assert.match(result.stderr, why);
  }
  assert.equal((await fetch(url)).status, 200);
});

test("without an edge a verb ends with 69", async (t) => {
  const socket = join(await temporaryFolder(t), "control.sock");
  const { code, stderr } = await verb(socket, "status");
  assert.deepEqual([code, stderr], [69, `no edge listens on ${socket}\n`]);
});
