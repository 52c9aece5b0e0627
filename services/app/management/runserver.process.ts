import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { networkInterfaces, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

/** Milliseconds: the first start creates a database in WebAssembly, on a machine that may be busy. */
const TIMEOUT = 300_000;
const REPOSITORY = resolve(import.meta.dirname, "../../..");

let root: string;
let server: ChildProcess;
let output = "";

/** Its current address: each start has another port. */
const origin = () => output.match(/http:\/\/127\.0\.0\.1:\d+/g)?.at(-1);

/** Checks until there is a result. */
async function until<T>(what: string, check: () => T | undefined | Promise<T | undefined>) {
  const deadline = performance.now() + TIMEOUT;
  while (performance.now() < deadline) {
    const found = await check();
    if (found !== undefined) return found;
    await pause(50);
  }
  throw new Error(`timeout: ${what}\n${output}`);
}

async function page(path: string): Promise<{ status: number; text: string; type: string }> {
  const [response] = await once(request(`${origin()}${path}`, { agent: false }).end(), "response");
  const type = response.headers["content-type"] ?? "";
  return { status: response.statusCode, text: await text(response), type };
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), "runserver-"));
  for (const name of ["services", "packages", "package.json"]) {
    await cp(join(REPOSITORY, name), join(root, name), { recursive: true });
  }
  await symlink(join(REPOSITORY, "node_modules"), join(root, "node_modules"));
  server = spawn(process.execPath, ["services/app/manage.ts", "runserver", "--port=0"], {
    cwd: root,
  });
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  }
  await until("the address", origin);
});

after(async () => {
  if (server.exitCode === null && server.kill("SIGINT")) await once(server, "exit");
  await rm(root, { recursive: true, force: true });
});

test("it says that it is for debugging only, and how to sign in", () => {
  assert.match(output, /for debugging only/);
  assert.match(output, /Sign in as Ada/);
});

test("one process serves pages, static files and pictures", async () => {
  const board = await page("/");
  assert.equal(board.status, 200);
  const sheet = await page(/\/assets\/style[^"]+/.exec(board.text)?.[0] ?? "/none");
  assert.deepEqual([sheet.status, sheet.type], [200, "text/css; charset=utf-8"]);
  const picture = await page(/\/pictures\/[^"]+/.exec(board.text)?.[0] ?? "/none");
  assert.deepEqual([picture.status, picture.type], [200, "image/png"]);
});

test("it listens on loopback alone", async () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal);
  assert.ok(outside, "this test needs an address beside loopback");
  const probe = request(`http://${outside.address}:${new URL(origin() ?? "").port}/`).end();
  const [error] = await once(probe, "error");
  assert.equal(error.code, "ECONNREFUSED");
});

test("an error shows its stack in the browser, and a correction of the file ends it", async () => {
  const file = join(root, "services/app/views/pages.ts");
  const good = await readFile(file, "utf8");
  const broken = good.replace("  return ", '  if (c) throw new Error("planted");\n  return ');
  assert.notEqual(broken, good);
  await writeFile(file, broken);
  const failed = await until("the debug page", async () => {
    const response = await page("/about").catch(() => undefined);
    return response?.status === 500 ? response : undefined;
  });
  assert.match(failed.text, /Error: planted/);
  assert.match(failed.text, /views\/pages\.ts/);
  await writeFile(file, good);
  await until("the mended page", async () => {
    const response = await page("/about").catch(() => undefined);
    return response?.status === 200 || undefined;
  });
});

test("a Ctrl-C ends it with all its processes", async () => {
  server.kill("SIGINT");
  const [code] = await once(server, "exit");
  assert.equal(code, 0);
  await assert.rejects(page("/"), { code: "ECONNREFUSED" });
});

test("in production it is refused with one line and exit code 78", async () => {
  const run = promisify(execFile)(
    process.execPath,
    [join(REPOSITORY, "services/app/manage.ts"), "runserver"],
    { env: { ...process.env, NODE_ENV: "production" } },
  );
  await assert.rejects(run, { code: 78, stderr: /^runserver: refused, because NODE_ENV .*\n$/ });
});
