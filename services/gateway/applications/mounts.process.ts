import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import {
  GatewayProcess,
  startGateway,
  temporaryFolder,
  writeModules,
} from "../testing/gateway-process.ts";
import { MountTable } from "./mounts.ts";

/** Responds with its name and what it sees of a request, and its life in the log. */
const NAMED = (name: string) => `
  export default {
    startup({ logger }) { logger.info("${name} starts"); },
    ready() { if (process.env.NOT_READY) throw new Error("never"); },
    fetch(request) {
      const prefix = request.headers.get("x-forwarded-prefix");
      return Response.json({ name: "${name}", url: new URL(request.url).pathname, prefix });
    },
    shutdown({ logger }) { logger.info("${name} ends"); },
  };`;

const LISTENER = `export default (request, response) => {
  const { url, originalUrl } = request;
  response.end(JSON.stringify({ name: "listener", url, originalUrl }));
};`;

const modules = (t: TestContext) =>
  writeModules(t, { "main.mjs": NAMED("main"), "admin.mjs": NAMED("admin"), "l.mjs": LISTENER });

async function seen(url: string): Promise<Record<string, string>> {
  return (await (await fetch(url)).json()) as Record<string, string>;
}

test("mounted applications share a worker, and each sees its requests as if it stood at /", async (t) => {
  const folder = await modules(t);
  const gateway = startGateway(
    t,
    `${folder}/main.mjs`,
    "--workers=1",
    `--mount=/admin=${folder}/admin.mjs`,
    `--mount=/admin/old/=${folder}/l.mjs`,
  );
  const url = await gateway.ready();
  assert.deepEqual(await seen(`${url}/a`), { name: "main", url: "/a", prefix: null });
  assert.deepEqual(await seen(`${url}/admin`), { name: "admin", url: "/", prefix: "/admin" });
  assert.deepEqual(await seen(`${url}/admin/x?y`), { name: "admin", url: "/x", prefix: "/admin" });
  assert.deepEqual(await seen(`${url}/admins`), { name: "main", url: "/admins", prefix: null });
  const old = { name: "listener", url: "/z?q=1", originalUrl: "/admin/old/z?q=1" };
  assert.deepEqual(await seen(`${url}/admin/old/z?q=1`), old);
  const access = await gateway.line(({ target }) => target === "/admin/x?y");
  assert.equal(access.message, "access");
});

test("each mounted application is started and ended, in reverse order", async (t) => {
  const folder = await modules(t);
  const mount = `--mount=/admin=${folder}/admin.mjs`;
  const gateway = startGateway(t, `${folder}/main.mjs`, "--workers=1", mount);
  await gateway.ready();
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  const life = gateway.lines.filter(({ tier }) => tier === "app").map(({ message }) => message);
  assert.deepEqual(life, ["main starts", "admin starts", "admin ends", "main ends"]);
});

test("the root path moves the application; elsewhere nothing is mounted", async (t) => {
  const folder = await modules(t);
  const gateway = startGateway(t, `${folder}/main.mjs`, "--workers=1", "--root-path=/sub/");
  const url = await gateway.ready();
  assert.deepEqual(await seen(`${url}/sub/a`), { name: "main", url: "/a", prefix: "/sub" });
  assert.equal((await fetch(`${url}/a`)).status, 404);
  assert.equal((await fetch(url)).status, 404);
});

test("the prefix that a trusted proxy took off stands before the mount's, anybody else's does not", async (t) => {
  const folder = await modules(t);
  const headers = { "X-Forwarded-Prefix": "/outer" };
  for (const [trusted, prefix] of [
    ["127.0.0.1", "/outer/sub"],
    ["192.0.2.1", "/sub"],
  ]) {
    const flags = ["--workers=1", "--root-path=/sub", `--trusted-proxies=${trusted}`];
    const gateway = startGateway(t, `${folder}/main.mjs`, ...flags);
    const received = await fetch(`${await gateway.ready()}/sub`, { headers });
    assert.deepEqual(await received.json(), { name: "main", url: "/", prefix });
  }
});

test("mounts can come from the environment", async (t) => {
  const folder = await modules(t);
  process.env.GATEWAY_MOUNT = `/a=${folder}/admin.mjs,/b=${folder}/l.mjs`;
  t.after(() => delete process.env.GATEWAY_MOUNT);
  const gateway = startGateway(t, `${folder}/main.mjs`, "--workers=1");
  const url = await gateway.ready();
  assert.deepEqual(
    [(await seen(`${url}/a/1`)).name, (await seen(`${url}/b/1`)).name, (await seen(url)).name],
    ["admin", "listener", "main"],
  );
});

test("a path inside a mount never names another host", async (t) => {
  const folder = await writeModules(t, {
    "main.mjs": NAMED("main"),
    "url.mjs": "export default (request) => new Response(request.url);",
    "pass.mjs": "export default (request, next) => next();",
  });
  const gateway = startGateway(
    t,
    `${folder}/main.mjs`,
    "--workers=1",
    `--mount=/m=${folder}/url.mjs`,
    `--middleware=${folder}/pass.mjs`,
  );
  const url = await gateway.ready();
  const asked = request(`${url}/m//evil.test/x`).end();
  const [received] = await once(asked, "response");
  assert.equal(await text(received), `${url}//evil.test/x`);
});

test("two applications on one path stop the start with one line and exit code 78", async (t) => {
  const refusals = [
    [["--mount=/a=x.ts", "--mount=/a/=y.ts"], "x.ts and y.ts are both mounted on /a"],
    [["--root-path=/a", "--mount=/a=x.ts"], "main.ts and x.ts are both mounted on /a"],
    [["--mount=/=x.ts"], "main.ts and x.ts are both mounted on /"],
  ] as const;
  for (const [flags, line] of refusals) {
    const gateway = new GatewayProcess(["main.ts", ...flags], temporaryFolder(t), {});
    t.after(() => gateway.child.kill("SIGKILL"));
    assert.deepEqual(await gateway.exited, [78, null]);
    assert.equal(gateway.stderr, `--mount: ${line}; give each a path of its own\n`);
  }
});

test("the longest path wins, by whole segments, in every form of a target", () => {
  const table = new MountTable([
    { path: "", program: "all" },
    { path: "/a", program: "a" },
    { path: "/a/b", program: "b" },
  ]);
  const found = (target: string) => table.find(target)?.program;
  for (const [target, program] of [
    ["/a", "a"],
    ["/a?b", "a"],
    ["/a/b/c", "b"],
    ["/a/bc", "a"],
    ["/ab", "all"],
    ["http://host/a/b", "b"],
    ["http://host", "all"],
    ["*", "all"],
  ] as const) {
    assert.equal(found(target), program, target);
  }
});
