import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startGateway, verb, writeModules } from "../testing/gateway-process.ts";

const HTTP = `import { createServer } from "node:http";
  import { setTimeout as pause } from "node:timers/promises";
  const server = createServer((request, response) => response.end("hello"));`;

async function serving(t: TestContext, source: string) {
  const folder = await writeModules(t, { "app.mjs": HTTP + source });
  const gateway = startGateway(t, join(folder, "app.mjs"), "--workers=1", "--health-path=off");
  const url = await gateway.ready();
  await (await fetch(url, { headers: { connection: "close" } })).text();
  return gateway;
}

const CLOSING = `() => server.close(async () => {
  console.error("closing");
  await pause(100);
  console.error("closed");
})`;

const listeners: readonly (readonly [when: string, source: string])[] = [
  ["in the callback of listen", `server.listen(3000, () => process.on("SIGTERM", ${CLOSING}));`],
  ["after listen", `server.listen(3000); process.on("SIGTERM", ${CLOSING});`],
  ["by once", `server.listen(3000, () => process.once("SIGTERM", ${CLOSING}));`],
  [
    "at the first request",
    `server.once("request", () => process.on("SIGTERM", ${CLOSING})).listen(3000);`,
  ],
  [
    "a second after the start",
    `server.listen(3000); setTimeout(() => process.on("SIGTERM", ${CLOSING}), 300);
     export const startup = () => pause(600);`,
  ],
];

for (const [when, source] of listeners) {
  test(`a TERM listener that is set ${when} is called at the drain, and waited for`, async (t) => {
    const gateway = await serving(t, source);
    gateway.child.kill("SIGTERM");
    assert.deepEqual(await gateway.exited, [0, null]);
    assert.equal(gateway.stderr, "closing\nclosed\n");
  });
}

test("an application that ends its process at TERM has retired, and its last lines are logged", async (t) => {
  const gateway = await serving(
    t,
    `server.listen(3000, () => process.on("SIGTERM", (_, number) => server.close(() => process.exit(128 + number))));`,
  );
  assert.equal((await verb(gateway, "reload")).code, 0);
  const ended = await gateway.line(({ message }) => message === "worker ended");
  assert.deepEqual([ended.cause, ended.code], ["retired", 143]);
  assert.ok(gateway.lines.some(({ message }) => message === "access"));
  assert.ok(!gateway.lines.some(({ message }) => message === "worker died"));
});

for (const how of ["on", "once"]) {
  test(`a second signal to the process group, while or after a listener set by ${how} runs, cuts no request`, async (t) => {
    const folder = await writeModules(t, {
      "app.mjs": `import { spawnSync } from "node:child_process";
        import { createServer } from "node:http";
        const kill = () => spawnSync("kill", ["-TERM", String(process.pid)]);
        createServer((request, response) => {
          response.write("begun ");
          process.${how}("SIGTERM", () => {
            console.error("term");
            kill();
            setImmediate(() => response.end(kill() && "ended"));
          });
        }).listen(3000);`,
    });
    const flags = ["--workers=1", "--health-path=off", "--lame-duck=0", "--graceful-timeout=4000"];
    const gateway = startGateway(t, join(folder, "app.mjs"), ...flags);
    const response = await fetch(await gateway.ready());
    gateway.child.kill("SIGTERM");
    assert.equal(await response.text(), "begun ended");
    assert.deepEqual(await gateway.exited, [0, null]);
    assert.equal(gateway.stderr, "term\n");
    assert.ok(gateway.lines.some(({ cause }) => cause === "retired"));
  });
}

test("a TERM listener ends the responses that would not end by themselves", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `import { createServer } from "node:http";
      const open = new Set();
      const server = createServer((request, response) => open.add(response.write("begun\\n") && response));
      server.listen(3000);
      process.on("SIGTERM", () => {
        for (const response of open) response.end("ended\\n");
        server.close(() => console.error("closed"));
      });`,
  });
  const flags = ["--workers=1", "--health-path=off", "--lame-duck=0", "--graceful-timeout=4000"];
  const gateway = startGateway(t, join(folder, "app.mjs"), ...flags);
  const response = await fetch(await gateway.ready());
  gateway.child.kill("SIGTERM");
  assert.equal(await response.text(), "begun\nended\n");
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.equal(gateway.stderr, "closed\n");
  assert.ok(gateway.lines.some(({ cause }) => cause === "retired"));
});

test("a framework that sends TERM to its own process when it has closed is not waited for", async (t) => {
  // As Nest's enableShutdownHooks() does, and signal-exit, where it is the only one that listens. The
  // timer would hold a process for longer than the test.
  const gateway = await serving(
    t,
    `setInterval(() => undefined, 1000);
     const closing = async () => {
       if (process.listenerCount("SIGTERM") > 1) return;
       await pause(50);
       console.error("closed");
       process.removeListener("SIGTERM", closing);
       process.kill(process.pid, "SIGTERM");
     };
     server.listen(Number(process.env.PORT), () => process.on("SIGTERM", closing));`,
  );
  const began = performance.now();
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.equal(gateway.stderr, "closed\n");
  assert.ok(performance.now() - began < 5000, "it was waited for until the timeout");
});

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

for (const [which, each, atDrain] of [
  ["sets no listener", "", ""],
  ["sets listeners", "process.on(signal, (name) => console.error(name));", "SIGTERM\n"],
  ["removes all listeners", "process.removeAllListeners(signal);", ""],
] as const) {
  test(`a signal to the whole process group does not reach an application that ${which}`, async (t) => {
    const gateway = await serving(
      t,
      `for (const signal of ${JSON.stringify(SIGNALS)}) { ${each} } server.listen(3000);`,
    );
    const { pid, port } = await gateway.line(({ to }) => to === "ready");
    for (const signal of SIGNALS) process.kill(Number(pid), signal);
    const url = `http://127.0.0.1:${port}`;
    assert.equal(await (await fetch(url, { headers: { connection: "close" } })).text(), "hello");
    const status = await (await fetch(`${await gateway.admin()}/status`)).json();
    const { workers } = status as { workers: { pid: number; leaves?: string }[] };
    assert.deepEqual(
      workers.map((worker) => [worker.pid, worker.leaves]),
      [[pid, undefined]],
    );
    assert.equal(gateway.stderr, "");
    gateway.child.kill("SIGTERM");
    assert.deepEqual(await gateway.exited, [0, null]);
    assert.equal(gateway.stderr, atDrain);
    assert.ok(!gateway.lines.some(({ message }) => message === "worker died"));
  });
}

test("a process that waits for requests only does not run what is meant for its end", async (t) => {
  const gateway = await serving(
    t,
    `process.on("beforeExit", () => console.error("before exit")); server.listen(3000);`,
  );
  assert.equal(gateway.stderr, "");
});

test("its own listener for TERM is called once the worker has drained, and is waited for", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { createServer } from "node:http";
      import { setTimeout as pause } from "node:timers/promises";
      const server = createServer(async (request, response) => {
        await pause(600);
        response.end("done");
        console.error("responded");
      });
      process.on("SIGTERM", () => server.close(async () => {
        console.error("closing");
        await pause(200);
        console.error("closed");
      }));
      server.listen(3000);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1", "--health-path=off");
  const asked = request(await gateway.ready(), { agent: false }).end();
  const responding = once(asked, "response");
  await once(asked, "socket").then(([socket]) => once(socket, "connect"));
  gateway.child.kill("SIGTERM");
  const [received] = await responding;
  received.resume();
  assert.equal(received.statusCode, 200);
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.equal(gateway.stderr, "responded\nclosing\nclosed\n");
});
