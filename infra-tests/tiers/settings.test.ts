import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FreshClone } from "../first-run/fresh-clone.ts";

// One clone for all tests, in order: each changes a line of the clone that runs.
let clone: FreshClone;
before(async () => {
  clone = await FreshClone.make();
  await makeUp();
});
after(async () => await clone[Symbol.asyncDispose]());

async function makeUp(): Promise<void> {
  const { code, stdout, stderr } = await clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
}

/** Adds a line to .env, or takes the line of that variable away. */
async function change(variable: string, value?: string): Promise<void> {
  const file = join(clone.root, ".env");
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const others = lines.filter((line) => !line.startsWith(`${variable}=`));
  if (value !== undefined) others.push(`${variable}=${value}`);
  await writeFile(file, `${others.join("\n")}\n`);
}

const SERVICES = ["app", "assets", "db", "edge-port", "migrate", "web"] as const;

/** The containers of each service. */
async function containers(): Promise<Record<string, string>> {
  const ids = SERVICES.map(async (service) => {
    const found = await clone.stack.containers(service);
    return [
      service,
      found
        .map(({ Id }) => Id)
        .sort()
        .join(),
    ];
  });
  return Object.fromEntries(await Promise.all(ids));
}

/** The services whose containers are others after some work. */
async function replacedBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = await containers();
  await work();
  const now = await containers();
  return SERVICES.filter((service) => before[service] !== now[service]);
}

/** The services in whose containers a variable is set. */
async function readersOf(variable: string): Promise<string[]> {
  const inspected = await clone.stack.inspect();
  const readers = [...inspected].filter(([, { Config }]) =>
    Config.Env.some((entry) => entry.startsWith(`${variable}=`)),
  );
  return [...new Set(readers.map(([name]) => name.replace(/-\d+$/, "")))].sort();
}

const composeUp = () =>
  execFileSync("docker", ["compose", "up", "--detach", "--wait", "--no-build"], {
    cwd: clone.root,
    stdio: "pipe",
  });

test("a changed setting of the edge replaces the edge alone", async () => {
  await change("WEB_CACHE_SIZE", "1048576");
  assert.deepEqual(await replacedBy(makeUp), ["web"]);
  assert.deepEqual(await readersOf("WEB_CACHE_SIZE"), ["web"]);
});

test("a changed setting of the gateway replaces the application alone", async () => {
  await change("GATEWAY_MAX_REQUESTS", "100000");
  assert.deepEqual(await replacedBy(makeUp), ["app"]);
  assert.deepEqual(await readersOf("GATEWAY_MAX_REQUESTS"), ["app"]);
});

test("a variable of the application's own, whatever its name, reaches what runs the application", async () => {
  await writeFile(join(clone.root, "app.env"), "STRIPE_KEY=pk_test_1\n");
  assert.deepEqual(await replacedBy(makeUp), ["app", "assets", "migrate"]);
  assert.deepEqual(await readersOf("STRIPE_KEY"), ["app", "assets", "migrate"]);
});

test("plain docker compose replaces what reads the changed line, and else nothing", async () => {
  assert.deepEqual(await replacedBy(async () => composeUp()), []);
  await change("WEB_CACHE_SIZE", "2097152");
  assert.deepEqual(await replacedBy(async () => composeUp()), ["web"]);
});

test("a line that would reach no container stops make up before anything is replaced", async () => {
  await change("STRIPE_KEY", "pk_test_1");
  let refused = "";
  const replaced = await replacedBy(async () => {
    const { code, stderr } = await clone.run("up.ts");
    assert.equal(code, 78);
    refused = stderr;
  });
  assert.match(refused, /^gatehouse: \.env:\d+: STRIPE_KEY: .+ move the line to app\.env\n$/);
  assert.deepEqual(replaced, []);
});
