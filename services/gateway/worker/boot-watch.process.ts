import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gatewayCommand, startGateway, writeModules } from "../testing/gateway-process.ts";

const HTTP = `import { createServer } from "node:http";
  import { connect } from "node:net";
  const server = createServer((request, response) => response.end("hello"));
  const listen = () => server.listen(3000);`;

const failures: readonly (readonly [what: string, source: string, own: RegExp])[] = [
  ["throws at its top level", `throw new Error("no ink");`, /: no ink \(.*app\.mjs:\d+\)$/],
  [
    "throws in startup",
    `export const startup = () => { throw new Error("no ink"); }; listen();`,
    /no ink$/,
  ],
  [
    "throws before it listens",
    `setTimeout(() => { throw new Error("no ink"); }, 50);`,
    /: no ink \(.*\)$/,
  ],
  [
    "misses a variable, says so and exits",
    `if (!process.env.SHOP_KEY) { console.error("SHOP_KEY is required"); process.exit(1); }`,
    /it ended itself with exit code 1 before it was ready; its last words: SHOP_KEY is required$/,
  ],
  [
    "says on standard output why it exits",
    `console.log("SHOP_KEY is required"); process.exit(0);`,
    /exit code 0 before it was ready; its last words: SHOP_KEY is required$/,
  ],
  [
    "waits for a database that refuses it",
    `await new Promise((connected, refused) => connect(1, "127.0.0.1").on("error", refused)); listen();`,
    /connect ECONNREFUSED 127\.0\.0\.1:1/,
  ],
  [
    "waits for a database that refuses it at every address",
    `const several = [new Error("connect ECONNREFUSED ::1:5432"), new Error("connect ECONNREFUSED 127.0.0.1:5432")];
     Promise.reject(new Error("query failed", { cause: new AggregateError(several) })).then(listen);`,
    /query failed: .*connect ECONNREFUSED ::1:5432, connect ECONNREFUSED 127\.0\.0\.1:5432/,
  ],
  [
    "catches the error and goes on without listening",
    `Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:5432")).then(listen).catch(console.error);`,
    /it never called listen\(\).*; its last words: Error: connect ECONNREFUSED 127\.0\.0\.1:5432$/,
  ],
  [
    "has a guard that never lets it listen",
    `if (process.env.SERVE === "yes") listen();`,
    /it has no default export \(it exports nothing\), and it never called listen\(\)/,
  ],
  [
    "waits for nothing at its top level",
    `await new Promise(() => {});`,
    /its top-level await never ends/,
  ],
];

async function moduleOf(t: TestContext, source: string): Promise<string> {
  return join(await writeModules(t, { "app.mjs": HTTP + source }), "app.mjs");
}

for (const [what, source, own] of failures) {
  test(`an application that ${what}: its own words are the last that --check-config prints`, async (t) => {
    const { code, stderr } = await gatewayCommand("--check-config", await moduleOf(t, source));
    assert.equal(code, 1);
    assert.match(stderr.trimEnd().split("\n").at(-1) ?? "", own);
  });
}

for (const [what, source, own] of failures.slice(2, 4)) {
  test(`an application that ${what}: each attempt prints its own words`, async (t) => {
    const gateway = startGateway(t, await moduleOf(t, source), "--workers=1");
    // The second: by then all of the first has been read.
    const { reason } = await gateway.line(({ message }) => message === "worker died", 2);
    assert.match(String(reason), own);
    assert.ok(
      gateway.stderr.split("\n").some((line) => own.test(line)),
      gateway.stderr,
    );
  });
}

test("a write() of its own that an application gives stderr while it starts stays", async (t) => {
  const source = `const { stderr } = process;
    const write = stderr.write.bind(stderr);
    stderr.write = (text, ...rest) => write("mine: " + text, ...rest);
    console.error("starts");
    server.on("request", () => console.error("request"));
    listen();`;
  const flags = ["--workers=1", "--health-path=off"];
  const gateway = startGateway(t, await moduleOf(t, source), ...flags);
  await (await fetch(await gateway.ready())).text();
  gateway.child.kill("SIGTERM");
  await gateway.exited;
  assert.equal(gateway.stderr, "mine: starts\nmine: request\n");
});

test("an application with a listener of its own for uncaught errors goes on", async (t) => {
  const source = `process.on("uncaughtException", (error) => console.error(error.message));
    setTimeout(() => { throw new Error("of no importance"); }, 20);
    setTimeout(listen, 200);`;
  const gateway = startGateway(t, await moduleOf(t, source), "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "hello");
  assert.equal(gateway.stderr, "of no importance\n");
});
