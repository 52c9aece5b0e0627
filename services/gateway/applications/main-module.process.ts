import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import {
  GatewayProcess,
  gatewayCommand,
  startGateway,
  startGatewayIn,
  temporaryFolder,
  verb,
  writeModules,
} from "../testing/gateway-process.ts";

const SERVER = `createServer((request, response) => response.end("hello")).listen(3000);`;
const CJS = `const { createServer } = require("node:http");`;
const ESM = `import { createServer } from "node:http";`;

const guards: readonly (readonly [guard: string, file: string, source: string])[] = [
  ["require.main === module", "app.cjs", `${CJS} if (require.main === module) ${SERVER}`],
  [
    "require.main.filename",
    "app.cjs",
    `${CJS} if (require.main.filename === __filename) ${SERVER}`,
  ],
  ["!module.parent", "app.cjs", `${CJS} if (!module.parent) ${SERVER}`],
  ["module.parent === null", "app.cjs", `${CJS} if (module.parent === null) ${SERVER}`],
  ["import.meta.main", "app.mjs", `${ESM} if (import.meta.main) ${SERVER}`],
  [
    "process.argv[1]",
    "app.mjs",
    `${ESM} import { fileURLToPath } from "node:url";
     if (process.argv[1] === fileURLToPath(import.meta.url)) ${SERVER}`,
  ],
  [
    "import.meta.main, in TypeScript",
    "app.mts",
    `${ESM} const port: number = 3000; if (import.meta.main) {
       await Promise.resolve(); ${SERVER.replace("3000", "port")} }`,
  ],
];

for (const [guard, file, source] of guards) {
  test(`an application that listens only behind the guard ${guard} listens`, async (t) => {
    const folder = await writeModules(t, { [file]: source });
    const gateway = startGateway(t, join(folder, file), "--workers=1");
    assert.equal(await (await fetch(await gateway.ready())).text(), "hello");
  });
}

/** bin/www as express-generator writes it, and dist/main.js as a compiler does. */
for (const [spec, file] of [
  ["bin/www", "bin/www"],
  ["dist/main.js", "dist/main.js"],
  ["dist/main", "dist/main.js"],
  ["dist", "dist/index.js"],
] as const) {
  test(`${spec} is found as "node ${spec}" finds it`, async (t) => {
    const folder = await writeModules(t, { "package.json": "{}" });
    await mkdir(join(folder, file, ".."));
    const source = `${CJS} if (require.main === module) ${SERVER}`;
    await writeFile(join(folder, file), source);
    const gateway = startGateway(t, join(folder, spec), "--workers=1");
    assert.equal(await (await fetch(await gateway.ready())).text(), "hello");
  });
}

/** Shows what an application sees of its process, and of those that it starts. */
const WITNESS = `
  import { fork } from "node:child_process";
  import { once } from "node:events";
  import { createServer } from "node:http";
  import { Worker } from "node:worker_threads";
  const child = fork(new URL("./child.mjs", import.meta.url));
  const [forked] = await once(child, "message");
  const [threaded] = await once(new Worker(new URL("./thread.mjs", import.meta.url)), "message");
  const { argv, env } = process;
  const own = Object.keys(env).filter((name) => name.startsWith("GATEHOUSE"));
  const seen = { argv: argv.slice(2), own, forked, threaded, main: import.meta.main };
  createServer((request, response) => response.end(JSON.stringify(seen))).listen(3000);`;

async function witness(t: TestContext): Promise<string> {
  const folder = await writeModules(t, {
    "app.mjs": WITNESS,
    "child.mjs": `process.send("a child of its own"); process.disconnect();`,
    "thread.mjs": `import { parentPort } from "node:worker_threads";
      parentPort.postMessage("a thread of its own");`,
  });
  return join(folder, "app.mjs");
}

test("the application has the words of its own, and so have the processes that it starts", async (t) => {
  const gateway = startGateway(t, await witness(t), "--workers=1", "--", "serve", "--verbose");
  assert.deepEqual(await (await fetch(await gateway.ready())).json(), {
    argv: ["serve", "--verbose"],
    own: [],
    forked: "a child of its own",
    threaded: "a thread of its own",
    main: true,
  });
});

test("of several applications in a worker, the first is the main module", async (t) => {
  const source = `export default (request) => new Response(String(import.meta.main));`;
  const folder = await writeModules(t, { "a.mjs": source, "b.mjs": source });
  const mount = `--mount=/b=${folder}/b.mjs`;
  const gateway = startGateway(t, `${folder}/a.mjs:default`, "--workers=1", mount);
  const url = await gateway.ready();
  const seen = await Promise.all(["/", "/b"].map(async (path) => (await fetch(url + path)).text()));
  assert.deepEqual(seen, ["true", "false"]);
});

test("a module is run once, also if another one imports it", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { createServer } from "node:http";
      globalThis.runs = (globalThis.runs ?? 0) + 1;
      createServer(async (request, response) => {
        await import(import.meta.url);
        response.end(String(globalThis.runs));
      }).listen(3000);`,
  });
  const gateway = startGateway(t, join(folder, "app.mjs"), "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "1");
});

/** What ts-node, swc-node and Babel do, on a smaller scale: TypeScript with modules becomes CommonJS. */
const HOOK = `const { readFileSync } = require("node:fs");
  require.extensions[".ts"] = (module, file) => {
    const text = readFileSync(file, "utf8");
    const imports = /import \\{ (\\w+) \\} from ("[^"]+");/g;
    const compiled = text.replace(imports, "const { $1 } = require($2);");
    module._compile(compiled.replace("enum Word { Hello }", "const Word = { Hello: 'hello' };"), file);
  };`;

test("a function that a CommonJS module exports has its hooks beside it, as import has them", async (t) => {
  const folder = await writeModules(t, {
    "app.cjs": `module.exports = (request, response) => response.end("a function");
      module.exports.startup = () => console.error("startup of the module");`,
  });
  const gateway = startGateway(t, join(folder, "app.cjs"), "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "a function");
  assert.match(gateway.stderr, /startup of the module/);
});

test("an application is compiled by the hook of require with which Node is started, and run once", async (t) => {
  const folder = await writeModules(t, {
    "package.json": "{}",
    "hook.cjs": HOOK,
    "word.ts": `enum Word { Hello } module.exports = { Word };`,
    "app.ts": `${ESM} import { Word } from "./word";
      globalThis.runs = (globalThis.runs ?? 0) + 1;
      const isMain = require.main === module;
      createServer((request, response) => {
        response.end([Word.Hello, globalThis.runs, isMain, process.execArgv.join().includes("preload")].join());
      }).listen(3000);`,
  });
  const env = { NODE_OPTIONS: `--require=${folder}/hook.cjs` };
  const gateway = startGatewayIn(env, t, join(folder, "app.ts"), "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "hello,1,true,false");
});

test("an application is served by the name of its export, compiled by a hook of require", async (t) => {
  const folder = await writeModules(t, {
    "package.json": "{}",
    "hook.cjs": HOOK,
    "app.ts": `enum Word { Hello } exports.site = (request, response) => { response.end(Word.Hello); };`,
  });
  const env = { NODE_OPTIONS: `--require=${folder}/hook.cjs` };
  const gateway = startGatewayIn(env, t, `${folder}/app.ts:site`, "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "hello");
});

test("a reload starts the application that the configuration names then", async (t) => {
  const folder = await writeModules(t, {
    "a.mjs": `${ESM} if (import.meta.main) ${SERVER.replace("hello", "a")}`,
    "b.mjs": `${ESM} if (import.meta.main) ${SERVER.replace("hello", "b")}`,
    "broken.mjs": `throw new Error("no ink");`,
  });
  const config = join(folder, "gateway.config.mjs");
  const use = (app: string) =>
    writeFile(config, `export default { app: ${JSON.stringify(join(folder, app))} };`);
  await use("a.mjs");
  const flags = ["--port=0", "--admin-port=0", "--lame-duck=200", `--config=${config}`];
  const gateway = new GatewayProcess(["--workers=1", ...flags], temporaryFolder(t), {});
  t.after(() => gateway.child.kill("SIGKILL"));
  const url = await gateway.ready();
  const seen = async () => (await fetch(url, { headers: { connection: "close" } })).text();
  assert.equal(await seen(), "a");
  await use("broken.mjs");
  assert.equal((await verb(gateway, "reload")).code, 1);
  await use("b.mjs");
  assert.equal((await verb(gateway, "reload")).code, 0);
  assert.equal(await seen(), "b");
});

test("--check-config boots the application as its main module, and leaves no port open", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${ESM} if (import.meta.main) ${SERVER}
      process.on("SIGTERM", () => { console.log("closed"); process.exit(0); });`,
  });
  const { code, stdout } = await gatewayCommand("--check-config", `${folder}/app.mjs`);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^closed\nyes: .*app\.mjs boots\n$/m);
});

test("an application works in the folder of --chdir, which changes no path of the gateway's own", async (t) => {
  const folder = await writeModules(t, {
    "app.cjs": `${CJS} const text = require("node:fs").readFileSync("views.txt", "utf8");
      createServer((request, response) => response.end(text)).listen(process.env.PORT);`,
    "views.txt": "view",
  });
  const here = relative(process.cwd(), folder);
  const log = `${here}/access.log`;
  const flags = ["--port=0", "--admin-port=0", "--workers=1", "--lame-duck=0", `--chdir=${here}`];
  const args = [`${here}/app.cjs`, `--access-log=${log}`, ...flags];
  const gateway = new GatewayProcess(args, temporaryFolder(t), {});
  t.after(() => gateway.child.kill("SIGKILL"));
  assert.equal(await (await fetch(await gateway.ready())).text(), "view");
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
  assert.match(readFileSync(log, "utf8"), /"message":"access"/);
  const nowhere = startGateway(t, `${folder}/app.cjs`, "--workers=1", "--chdir=/nowhere");
  const { reason } = await nowhere.line(({ message }) => message === "worker died");
  assert.match(String(reason), /--chdir \(GATEWAY_CHDIR\): \/nowhere is no folder to work in/);
});

test("an application that changes its working directory at once is still found, and what is mounted", async (t) => {
  const folder = await writeModules(t, {
    "app.cjs": `process.chdir("/"); ${CJS} ${SERVER}`,
    "b.mjs": `export default () => new Response("b");`,
  });
  const here = relative(process.cwd(), folder);
  const flags = ["--port=0", "--admin-port=0", "--workers=1", `--mount=/b=${here}/b.mjs`];
  const gateway = new GatewayProcess([`${here}/app.cjs`, ...flags], temporaryFolder(t), {});
  t.after(() => gateway.child.kill("SIGKILL"));
  const url = await gateway.ready();
  const seen = await Promise.all(["/", "/b"].map(async (path) => (await fetch(url + path)).text()));
  assert.deepEqual(seen, ["hello", "b"]);
});
