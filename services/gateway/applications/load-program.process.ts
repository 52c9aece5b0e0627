import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { echoed, startGateway, writeModules } from "../testing/gateway-process.ts";

const shapes: readonly (readonly [what: string, source: string, name?: string])[] = [
  ["an object with fetch", `export default { fetch: () => new Response("hello") };`],
  ["a default fetch function", `export default (request) => new Response("hello");`],
  ["an exported fetch", `export function fetch(request) { return new Response("hello"); }`],
  ["a Node listener", `export default (request, response) => response.end("hello");`],
  ["an export by its name", `export const site = { fetch: () => new Response("hello") };`, "site"],
  [
    "an entry that listens",
    `import { createServer } from "node:http";
     createServer((request, response) => response.end("hello")).listen(3000);`,
  ],
  [
    "an entry that listens after its preparations",
    `import { createServer } from "node:http";
     import { setTimeout as pause } from "node:timers/promises";
     async function main() {
       await pause(200);
       createServer((request, response) => response.end("hello")).listen({ port: 3000 });
     }
     void main();`,
  ],
];

for (const [what, source, name] of shapes) {
  test(`${what} is an application`, async (t) => {
    const folder = await writeModules(t, { "app.mjs": source });
    const gateway = startGateway(t, `${folder}/app.mjs${name ? `:${name}` : ""}`, "--workers=1");
    assert.equal(await (await fetch(await gateway.ready())).text(), "hello");
  });
}

test("a CommonJS module that was compiled from one with a default export is one too", async (t) => {
  const source = `Object.defineProperty(exports, "__esModule", { value: true });
    exports.default = { fetch: () => new Response("hello") };`;
  const folder = await writeModules(t, { "app.cjs": source });
  const gateway = startGateway(t, `${folder}/app.cjs`, "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "hello");
});

const failures: readonly (readonly [what: string, file: string, source: string, reason: RegExp])[] =
  [
    [
      "a missing export",
      "a.mjs:site",
      "export const shop = 1;",
      /a\.mjs: it has no export "site" \(it exports shop\); expected/,
    ],
    [
      "an export of a wrong shape",
      "a.mjs:site",
      "export const site = 7;",
      /its export "site" is a number; expected/,
    ],
    [
      "a server that is exported and does not listen",
      "a.cjs",
      "module.exports = require('node:http').createServer();",
      /a\.cjs: nothing calls listen\(\) of its default export: name the module that does, or/,
    ],
    [
      "a module that exports nothing",
      "a.mjs",
      "1;",
      /a\.mjs: it has no default export \(it exports nothing\), and it never called listen/,
    ],
    [
      "a syntax error",
      "a.mjs",
      "const a = 1;\n\nfoo bar;",
      /a\.mjs: SyntaxError: Unexpected identifier 'bar' \(.*a\.mjs:3\)$/,
    ],
    [
      "a syntax error in TypeScript",
      "a.mts",
      "const a: = 1;",
      /a\.mts: SyntaxError: .* \(.*a\.mts:1\)$/,
    ],
    [
      "TypeScript that cannot be stripped",
      "a.mts",
      "\nenum A { b }",
      /a\.mts: SyntaxError: .*enum.* \(.*a\.mts:2\)$/,
    ],
    [
      "an import that is missing",
      "a.mjs",
      'import "./b.mjs";',
      /a\.mjs: .*Cannot find module '.*b\.mjs'/,
    ],
    [
      "a name that is not exported",
      "a.mjs",
      'import { no } from "node:fs";',
      /a\.mjs: SyntaxError: .*'no' \(.*a\.mjs:1\)$/,
    ],
    ["a throw at load", "a.mjs", '\nthrow new Error("no ink");', /a\.mjs: no ink \(.*a\.mjs:2\)$/],
    [
      "a server without a port",
      "a.mjs",
      "import http from 'node:http';\n\nhttp.createServer().listen(Number('x'));",
      /a\.mjs: RangeError: .*NaN.*a\.mjs:3\)$/,
    ],
    [
      "a server on a descriptor",
      "a.mjs",
      "import http from 'node:http';\nhttp.createServer().listen({ fd: 3 }).on('error', () => {});",
      /a\.mjs: its server listens by a descriptor or a handle, .*: have it listen on process\.env\.PORT/,
    ],
    [
      "a throw before it listens",
      "a.mjs",
      'setTimeout(() => {\nthrow new RangeError("no ink")}, 50);',
      /a\.mjs: RangeError: no ink \(.*a\.mjs:2\)$/,
    ],
  ];

for (const [what, spec, source, reason] of failures) {
  test(`${what} is reported in one line`, async (t) => {
    const folder = await writeModules(t, { [spec.replace(/:.*/, "")]: source });
    await assertReason(t, `${folder}/${spec}`, reason);
  });
}

test("a module that is missing is reported in one line", async (t) => {
  await assertReason(t, "nowhere.ts", /nowhere\.ts: no such file; looked for \/.*nowhere\.ts$/);
});

async function assertReason(t: TestContext, app: string, expected: RegExp): Promise<void> {
  const gateway = startGateway(t, app, "--workers=1");
  const { reason, code } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), expected);
  assert.deepEqual([code, String(reason).includes("\n")], [3, false]);
}

test("a module's lifespan holds beside a server that it listens on", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { createServer } from "node:http";
      const life = [];
      export const startup = () => life.push("startup");
      export const ready = () => life.push("ready");
      createServer((request, response) => response.end(JSON.stringify({ life }))).listen(3000);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  assert.deepEqual((await echoed(await gateway.ready(), {})).life, ["startup", "ready"]);
});
