import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { type Line, startGateway, temporaryFolder, verb } from "../testing/gateway-process.ts";

const define = new URL("../configuration.ts", import.meta.url).href;

/** Every hook writes a log line with its name and the process that it ran in. */
const TELLING = `import { defineConfig } from "${define}";
const logged = (hook) => (view, ...rest) => view.logger.info("hook", {
  hook, in_pid: process.pid, rest: JSON.stringify(rest.map((one) => one?.url ?? one)).slice(0, 500),
});
const names = ["onStarting", "onReload", "whenReady", "postFork", "postWorkerInit", "workerAbort",
  "preRequest", "postRequest", "childExit", "workerExit", "nworkersChanged", "onExit"];
export default defineConfig({ hooks: Object.fromEntries(names.map((name) => [name, logged(name)])) });
`;

function configFile(t: TestContext, source: string): string {
  const path = join(temporaryFolder(t), "gateway.config.ts");
  writeFileSync(path, source);
  return `--config=${path}`;
}

const hook = (name: string) => (line: Line) => line.message === "hook" && line.hook === name;

test("every hook runs at its moment, in the process that it belongs to", async (t) => {
  const config = configFile(t, TELLING);
  const flags = ["--workers=1", `--timeout=${stretched(1)}`];
  const gateway = startGateway(t, "troubled.ts", config, ...flags);
  const url = await gateway.ready();
  const primary = gateway.child.pid;
  const worker = Number(gateway.lines.find(({ to }) => to === "ready")?.pid);
  const ran = async (name: string, where: number | undefined, nth = 1) => {
    const line = await gateway.line(hook(name), nth);
    assert.equal(line.in_pid, where, `${name} ran in ${line.in_pid}`);
    return String(line.rest);
  };
  await ran("onStarting", primary);
  await ran("postFork", worker);
  await ran("postWorkerInit", worker);
  await ran("whenReady", primary);
  await fetch(`${url}/page`, { headers: { connection: "close" } });
  assert.equal(await ran("preRequest", worker), '["/page"]');
  assert.match(
    await ran("postRequest", worker),
    /^\["\/page",\{"status":200,"duration":[\d.]+\}\]$/,
  );
  await verb(gateway, "scale", "2");
  assert.equal(await ran("nworkersChanged", primary), "[2,1]");
  await verb(gateway, "scale", "1");
  await ran("workerExit", worker);
  assert.match(await ran("childExit", primary), /"cause":"retired"/);
  await verb(gateway, "reload");
  await ran("onReload", primary);
  await assert.rejects(fetch(`${url}/spin`));
  assert.match(await ran("workerAbort", primary), /at spin/);
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  await ran("onExit", primary);
});

const FAILING = `export default { hooks: Object.fromEntries(["onReload", "whenReady", "preRequest",
  "postRequest", "childExit", "workerExit", "nworkersChanged", "onExit"].map((name) =>
  [name, () => { throw new Error(name + " fails on purpose"); }])) };`;

test("a hook that fails is logged, and changes nothing", async (t) => {
  const gateway = startGateway(t, "listener.ts", configFile(t, FAILING), "--workers=1");
  const url = await gateway.ready();
  assert.equal((await fetch(url, { headers: { connection: "close" } })).status, 200);
  assert.equal((await verb(gateway, "scale", "2")).code, 0);
  assert.equal((await verb(gateway, "reload")).code, 0);
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  const failed = gateway.lines.filter(({ message }) => message === "hook failed");
  const names = ["onReload", "whenReady", "preRequest", "postRequest", "childExit", "workerExit"];
  for (const name of [...names, "nworkersChanged", "onExit"]) {
    assert.ok(
      failed.some(({ error }) => String(error).includes(`${name} fails on purpose`)),
      name,
    );
  }
});

test("onStarting that throws stops the start, postWorkerInit fails the boot", async (t) => {
  const onStarting = 'export default { hooks: { onStarting() { throw Error("not today"); } } };';
  const stopped = startGateway(t, "listener.ts", configFile(t, onStarting));
  assert.match(String((await stopped.line(({ level }) => level === "error")).reason), /not today/);
  assert.deepEqual(await stopped.exited, [1, null]);
  const init = 'export default { hooks: { postWorkerInit() { throw Error("no pool"); } } };';
  const booting = startGateway(t, "listener.ts", configFile(t, init), "--workers=1");
  const died = await booting.line(({ message }) => message === "worker died");
  assert.deepEqual([died.cause, died.reason], ["boot failed", "no pool"]);
});

test("a quit in the middle of a drain runs onExit once", async (t) => {
  const config = configFile(
    t,
    `export default { hooks: {
      preRequest: ({ logger }) => logger.info("hook", { hook: "preRequest" }),
      onExit: async ({ logger }) => {
        logger.info("hook", { hook: "onExit" });
        await new Promise((long) => setTimeout(long, 300));
      },
    } };`,
  );
  const gateway = startGateway(t, "troubled.ts", config, "--workers=1", "--lame-duck=0");
  const url = await gateway.ready();
  const cut = assert.rejects(fetch(`${url}/spin`));
  await gateway.line(hook("preRequest"));
  gateway.child.kill("SIGTERM");
  await gateway.line(({ to }) => to === "draining");
  gateway.child.kill("SIGQUIT");
  await cut;
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.equal(gateway.lines.filter(hook("onExit")).length, 1);
});
