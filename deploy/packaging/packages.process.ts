import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { freePort, temporaryFolder, wholeClone } from "../testing.ts";
import { buildPackages } from "./build.ts";

/** Milliseconds that a busy machine may take. */
const TIMEOUT = 60_000;

const { root } = openClone();
const program = (name: string): string => join(root, "node_modules/.bin", name);

const packages = await buildPackages(root);
const tarballs = packages.tarballs.map((file) => join(packages.folder, file));

/** An empty project with the packages in it, as `npm install` of the tarballs leaves it. */
const project = await temporaryFolder({ after });
await writeFile(join(project, "package.json"), '{ "type": "module", "private": true }\n');
const install = ["install", "--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts"];
const installed = await run("npm", [...install, ...tarballs], { cwd: project });
assert.equal(installed.code, 0, installed.output);

test("the same state of the repository is the same version, and is not packed again", async () => {
  assert.deepEqual(await buildPackages(root), packages);
  assert.match(packages.version, /^\d+\.\d+\.\d+-h[0-9a-f]{10}$/);
});

for (const file of packages.tarballs) {
  test(`publint and attw find nothing to say about ${file.replace(/-\d.*/, "")}`, async () => {
    const tarball = join(packages.folder, file);
    const linted = await run(program("publint"), [tarball, "--level", "warning", "--strict"]);
    assert.equal(linted.code, 0, linted.output);
    const types = await run(program("attw"), ["--profile", "esm-only", tarball]);
    assert.equal(types.code, 0, types.output);
  });
}

test("no package has a test, or TypeScript that Node would have to run below node_modules", async () => {
  const folder = join(project, "node_modules/@gatehouse");
  const files = await readdir(folder, { recursive: true });
  const wrong = files.filter(
    (file) => /\.(test|process|measure)\.[jt]s$/.test(file) || /(?<!\.d)\.ts$/.test(file),
  );
  // k6 runs these, and strips the types itself; starters are copied into a project.
  const expected = /^testing\/load\/script\/|^deploy\/templates\//;
  assert.deepEqual(
    wrong.filter((file) => !expected.test(file)),
    [],
  );
});

test("a fetch application is served through the packed gateway, with the packed edge in front of it", async () => {
  await writeFile(
    join(project, "app.ts"),
    `export default { fetch: (request: Request): Response =>
      new Response(\`\${new URL(request.url).pathname} of worker \${process.env.WHO}\`) };\n`,
  );
  await writeFile(
    join(project, "site.ts"),
    `import { hstsFor, ROUTE, type Site, type WebSettings } from "@gatehouse/web";
     export const site = (settings: WebSettings): Site => ({
       files: [], internal: [], headers: { "x-site": "packed" }, hsts: hstsFor(settings.publicOrigin),
       routes: [{ ...ROUTE, prefix: "/", name: "site" }],
     });\n`,
  );
  await writeFile(
    join(project, "gateway.config.ts"),
    `import { defineConfig } from "@gatehouse/gateway";
     export default defineConfig({ workers: 2, app: "app.ts" });\n`,
  );
  const [http, edgeAdmin, gateway, gatewayAdmin] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  using gatewayProcess = start("gatehouse-gateway", ["app.ts"], {
    WHO: "one's own",
    GATEWAY_PORT: String(gateway),
    GATEWAY_ADMIN_PORT: String(gatewayAdmin),
    GATEWAY_CONTROL_SOCKET: "off",
  });
  const own = await page(gatewayProcess, `http://127.0.0.1:${gateway}/here`);
  assert.equal(await own.text(), "/here of worker one's own");
  using edge = start("gatehouse-web", [], {
    WEB_HTTP_PORT: String(http),
    WEB_HTTPS: "off",
    WEB_ADMIN_PORT: String(edgeAdmin),
    WEB_CONTROL_SOCKET: "off",
    WEB_UPSTREAM: `127.0.0.1:${gateway}`,
    WEB_UPSTREAM_ADMIN_PORT: String(gatewayAdmin),
  });
  const through = await page(edge, `http://127.0.0.1:${http}/there`);
  assert.equal(await through.text(), "/there of worker one's own");
  assert.equal(through.headers.get("x-site"), "packed");
  assert.match(through.headers.get("server-timing") ?? "", /^web;.*gateway;.*app;/);
});

test("what git ignores is in no package, and a symbolic link is refused", async (t) => {
  const clone = await wholeClone(t);
  const templates = join(clone.root, "templates/common");
  await writeFile(join(templates, ".env"), "PASSWORD=secret");
  await mkdir(join(templates, "secrets"));
  await writeFile(join(templates, "secrets/key"), "secret");
  await writeFile(join(templates, ".editorconfig"), "is new, and is packed");
  const built = await buildPackages(clone.root);
  const tarball = join(built.folder, `gatehouse-deploy-${built.version}.tgz`);
  const { stdout } = await run("tar", ["-tzf", tarball]);
  assert.match(stdout, /templates\/common\/\.editorconfig$/m);
  assert.match(stdout, /templates\/common\/\.env\.example$/m);
  assert.doesNotMatch(stdout, /templates\/common\/(secrets|\.env$)/m);
  await symlink("/etc/hostname", join(templates, "linked"));
  await assert.rejects(
    buildPackages(clone.root),
    /templates\/common\/linked is a symbolic link: a package has files alone/,
  );
});

test("what was built already is found without a compiler, and a change is not taken for it", async (t) => {
  const clone = await wholeClone(t);
  const built = await buildPackages(clone.root);
  const compiler = join(clone.root, "node_modules/typescript");
  const manifest = await readFile(join(compiler, "package.json"));
  await rm(compiler);
  await mkdir(compiler);
  await writeFile(join(compiler, "package.json"), manifest);
  assert.deepEqual(await buildPackages(clone.root), built);
  await appendFile(join(clone.root, "packages/http/index.ts"), "\n");
  await assert.rejects(buildPackages(clone.root), /the packages do not compile/);
});

/** A program of the installed packages; it ends with its block. */
function start(name: string, words: readonly string[], env: Readonly<Record<string, string>>) {
  const path = join(project, "node_modules/.bin", name);
  const child = spawn(process.execPath, [path, ...words], {
    cwd: project,
    env: { ...process.env, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (output += part));
  return {
    child,
    output: () => output,
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}

/** The page, as soon as it is served with 200. */
async function page(
  { child, output }: { child: ChildProcess; output: () => string },
  url: string,
): Promise<Response> {
  const ended = once(child, "exit");
  const since = performance.now();
  while (!isLate(since, TIMEOUT) && child.exitCode === null) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.status === 200) return response;
    await response?.body?.cancel();
    await Promise.race([ended, pause(50)]);
  }
  throw new Error(`${url} was not served:\n${output()}`);
}
