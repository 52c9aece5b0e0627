import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { test } from "node:test";
import { startGateway, verb } from "../testing/gateway-process.ts";

async function workersOf(gateway: Parameters<typeof verb>[0]) {
  const { stdout } = await verb(gateway, "status");
  return JSON.parse(stdout).workers as { pid: number; state: string; requests?: number }[];
}

test("only its owner may open the control socket", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  await gateway.ready();
  assert.equal(statSync(gateway.controlSocket).mode & 0o777, 0o600);
});

test("scale waits until the workers serve, or have gone", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  await gateway.ready();
  assert.deepEqual(await verb(gateway, "scale", "3"), {
    code: 0,
    stdout: "3 workers\n",
    stderr: "",
  });
  assert.equal((await workersOf(gateway)).filter(({ state }) => state === "ready").length, 3);
  assert.equal((await verb(gateway, "scale", "1")).code, 0);
  assert.equal((await workersOf(gateway)).length, 1);
  for (const size of ["0", "many"]) assert.equal((await verb(gateway, "scale", size)).code, 1);
});

test("kill ends a worker and waits for the next", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=2");
  await gateway.ready(2);
  const [first] = await workersOf(gateway);
  const { code, stdout } = await verb(gateway, "kill", String(first?.pid));
  assert.deepEqual([code, stdout], [0, `${first?.pid} is killed and replaced\n`]);
  const after = await workersOf(gateway);
  assert.equal(after.length, 2);
  assert.ok(after.every(({ pid, state }) => pid !== first?.pid && state === "ready"));
  const { code: unknown, stderr } = await verb(gateway, "kill", "1");
  assert.deepEqual([unknown, stderr], [1, "no worker has the process id 1\n"]);
});

test("dump shows the stack of a worker, twice, and the worker continues", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  const url = await gateway.ready();
  const [worker] = await workersOf(gateway);
  for (let time = 0; time < 2; time++) {
    const { code, stdout } = await verb(gateway, "dump", String(worker?.pid));
    assert.equal(code, 0);
    assert.match(stdout, /^worker \d+ \(ready\)\nat .+\n[\s\S]*"rss":\d+/);
  }
  assert.equal(((await (await fetch(url)).json()) as { pid: number }).pid, worker?.pid);
});

test("drain waits for the last response, and then the gateway has ended", async (t) => {
  const gateway = startGateway(t, "troubled.ts", "--workers=1");
  const response = fetch(`${await gateway.ready()}/wait?ms=700`).then((sent) => sent.text());
  assert.deepEqual(await verb(gateway, "drain"), { code: 0, stdout: "drained\n", stderr: "" });
  assert.match(await response, /^\d+$/);
  assert.deepEqual(await gateway.exited, [0, null]);
  const { code, stderr } = await verb(gateway, "status");
  assert.equal(code, 69);
  assert.match(stderr, /^no gateway listens on /);
});

test("drain fails when requests had to be cut", async (t) => {
  const gateway = startGateway(t, "troubled.ts", "--workers=1", "--graceful-timeout=300");
  const response = await fetch(`${await gateway.ready()}/wait?ms=60000`);
  const cut = assert.rejects(response.text());
  const { code, stderr } = await verb(gateway, "drain");
  assert.deepEqual(
    [code, stderr],
    [1, "drained, but 1 workers were cut with requests in flight\n"],
  );
  await cut;
});

test("status is a table on a terminal, and --watch draws it again and again", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1");
  await gateway.ready();
  const command = `${process.execPath} ${import.meta.dirname}/../main.ts status --watch --control-socket=${gateway.controlSocket}`;
  // script(1) lends it a terminal.
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  let shown = "";
  for await (const chunk of child.stdout) {
    shown += chunk;
    if (shown.split("\x1b[H").length > 3) break;
  }
  assert.match(shown, /ready: 1 of 1 workers, generation 1, port \d+, pid \d+/);
  assert.match(shown, /pid +gen +state +age +conn +in-flight +queue +loop +memory +requests/);
  assert.match(shown, /\d+ +1 +ready +\d+s +\d+ +\d+ +\d+ +\d+% +\d+M +\d+/);
});
