import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
  verb,
} from "../testing/gateway-process.ts";
import { PATIENT, SteadyLoad } from "../testing/steady-load.ts";

const GOOD = (generation: string) => `export default async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const received = JSON.stringify({ pid: process.pid, body, generation: ${JSON.stringify(generation)} });
  response.writeHead(200, { "Content-Length": received.length }).end(received);
};\n`;

/** A gateway whose application can be rewritten, under load. */
async function serving(t: TestContext, ...flags: string[]) {
  const app = join(temporaryFolder(t), "app.mjs");
  const write = (source: string) => writeFileSync(app, source);
  write(GOOD("old"));
  const gateway = startGateway(t, app, "--workers=2", ...PATIENT, ...flags);
  const url = await gateway.ready(2);
  const load = new SteadyLoad(t, Number(new URL(url).port));
  const generations = async () => {
    const asked = Array.from({ length: 4 }, () => fetch(url, { headers: { connection: "close" } }));
    const texts = (await Promise.all(asked)).map((received) => received.json());
    const received = (await Promise.all(texts)) as { readonly generation: string }[];
    return [...new Set(received.map(({ generation }) => generation))];
  };
  return { gateway, load, write, generations };
}

async function pidsOf(gateway: GatewayProcess): Promise<number[]> {
  const { workers } = JSON.parse((await verb(gateway, "status")).stdout);
  return (workers as { pid: number }[]).map(({ pid }) => pid).sort();
}

test("a reload replaces every worker, and exits 0 when that is done", async (t) => {
  const { gateway, load, write, generations } = await serving(t);
  write(GOOD("new"));
  const { code, stdout } = await verb(gateway, "reload");
  assert.deepEqual([code, stdout], [0, "reloaded: generation 2 serves\n"]);
  assert.deepEqual(await generations(), ["new"]);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

const broken: [string, string, RegExp][] = [
  ["a syntax error", "export default async (request, response => {};", /SyntaxError/],
  ["a throw at boot", 'throw new Error("no paper");', /no paper[\s\S]*app\.mjs:1/],
  [
    "a startup that fails",
    'export default { fetch() {}, startup() { throw Error("no ink"); } };',
    /no ink/,
  ],
  ["an exit at boot", "process.exit(7);", /exit code/],
];

const silent: [string, string, RegExp][] = [
  [
    "a probe that fails",
    "export default (request, response) => response.writeHead(500).end();",
    /GET \/healthz has the status 500/,
  ],
  ["a probe without a response", "export default (request, response) => {};", /too slow to start/],
  ["a boot that never ends", "while (true);", /too slow to start/],
];

for (const [what, source, reason] of broken) {
  test(`${what} aborts the reload: the old generation serves on, the command says why`, async (t) => {
    const { gateway, load, write, generations } = await serving(t);
    const before = await pidsOf(gateway);
    write(source);
    const { code, stderr } = await verb(gateway, "reload");
    assert.equal(code, 1);
    assert.match(stderr, reason);
    assert.deepEqual(await generations(), ["old"]);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual(await pidsOf(gateway), before);
  });
}

for (const [what, source, reason] of silent) {
  test(`${what} aborts the reload after the boot timeout`, async (t) => {
    const config = join(temporaryFolder(t), "gateway.config.ts");
    writeFileSync(config, "export default {};");
    const { gateway, load, write, generations } = await serving(t, `--config=${config}`);
    // Workers that start well have the long time; the short one holds from the next reload on.
    writeFileSync(config, `export default { bootTimeout: ${stretched(2000)} };`);
    assert.equal((await verb(gateway, "reload")).code, 0);
    const before = await pidsOf(gateway);
    write(source);
    const { code, stderr } = await verb(gateway, "reload");
    assert.equal(code, 1);
    assert.match(stderr, reason);
    assert.deepEqual(await generations(), ["old"]);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual(await pidsOf(gateway), before);
  });
}

test("a probe that fails at first is asked again, and the reload goes through", async (t) => {
  const { gateway, load, write, generations } = await serving(t);
  const opening = GOOD("new").replace(
    "=> {",
    `=> {
      if (request.url === "/healthz" && ++asked < 3) return response.writeHead(503).end();`,
  );
  write(`let asked = 0;\n${opening}`);
  assert.equal((await verb(gateway, "reload")).code, 0);
  assert.deepEqual(await generations(), ["new"]);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("after an aborted reload a good one goes through", async (t) => {
  const { gateway, load, write, generations } = await serving(t);
  write("throw 1;");
  assert.equal((await verb(gateway, "reload")).code, 1);
  write(GOOD("new"));
  assert.equal((await verb(gateway, "reload")).code, 0);
  assert.deepEqual(await generations(), ["new"]);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("a worker that was still starting when the reload began is replaced too", async (t) => {
  const folder = temporaryFolder(t);
  const app = join(folder, "app.mjs");
  const [first, go] = [join(folder, "first"), join(folder, "go")];
  // The worker that comes second waits within its start until it may go on.
  const slow = `import { existsSync, mkdirSync } from "node:fs";
    try { mkdirSync(${JSON.stringify(first)}); } catch {
      while (!existsSync(${JSON.stringify(go)})) await new Promise((soon) => setTimeout(soon, 20));
    }\n`;
  writeFileSync(app, slow + GOOD("old"));
  const gateway = startGateway(t, app, "--workers=2", ...PATIENT);
  const url = await gateway.ready(1);
  writeFileSync(app, GOOD("new"));
  const reloaded = verb(gateway, "reload");
  await gateway.line(({ message }) => message === "reload begins");
  writeFileSync(go, "");
  assert.equal((await reloaded).code, 0);
  for (let asked = 0; asked < 8; asked += 1) {
    const received = await fetch(url, { headers: { connection: "close" } });
    assert.equal(((await received.json()) as { generation: string }).generation, "new");
  }
});
