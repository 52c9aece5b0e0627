import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { run } from "./command.ts";
import { runGatehouse } from "./gatehouse.ts";
import { runnableClone } from "./testing.ts";

/** One without environments. */
const { root } = await runnableClone({ after });

const gatehouse = (name: string, TO: string, env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, [join(root, "deploy/main.ts"), name], { env: { TO, ...env } });

// None of these would do anything here if they were not refused.
for (const [name, to, why] of [
  ["update", "production", /make update has no TO=: it works on this machine only/],
  ["update", "3", /make update has no TO=/],
  ["rollback", "2nd", /TO="2nd": expected the name of an environment/],
  ["restore", "3", /TO="3": expected the name of an environment/],
  ["server", "", /which server\? Add TO=production/],
] as const) {
  test(`${name} with TO=${to} does nothing here, and says why`, async () => {
    const { code, stderr } = await gatehouse(name, to);
    assert.equal(code, 78, stderr);
    assert.match(stderr, why);
  });
}

test("what develops and tests a starter is refused in an adopted application, with what its owner runs", async () => {
  const adopted = { entry: "server.js", manager: "npm", manifests: [], build: "", migrate: "" };
  const origin = { version: "1.2.3", name: "shop", app: "node", adopted };
  const file = join(root, ".gatehouse.json");
  await writeFile(file, JSON.stringify(origin));
  for (const name of ["dev", "check", "test", "e2e", "load"]) {
    const { code, stderr } = await gatehouse(name, "");
    assert.equal(code, 64, stderr);
    assert.match(
      stderr,
      /^gatehouse: .*keeps its own commands, such as npm run dev in the folder above/,
    );
  }
  await rm(file);
});

test("with TO= a command wants the file of the environment in the project", async () => {
  const { code, stderr } = await gatehouse("rollback", "production");
  assert.equal(code, 78, stderr);
  assert.match(
    stderr,
    /there is no environments\/production\.env: cp environments\/production\.env\.example/,
  );
});

test("a release that is no number is refused before there is a connection", async () => {
  await mkdir(join(root, "environments"));
  // Nothing listens at port 1.
  await writeFile(join(root, "environments/lab.env"), "SERVER_HOST=127.0.0.1\nSERVER_PORT=1\n");
  for (const RELEASE of ["v3", "lab", "0"]) {
    const { code, stderr } = await gatehouse("rollback", "lab", { RELEASE, GIVEN: "TO RELEASE" });
    assert.equal(code, 78, stderr);
    assert.match(stderr, new RegExp(`RELEASE=${RELEASE}: expected the number of a release`));
  }
});

test("a misspelt command is none with TO= either", async () => {
  const { code, stderr } = await gatehouse("deplyo", "production");
  assert.equal(code, 64, stderr);
  assert.match(stderr, /there is no command deplyo: use .*, deploy, .*, psql/);
});

test("an unknown command is refused with those that there are", async () => {
  await assert.rejects(runGatehouse(["fly"]), /there is no command fly: use backup, .*, update/);
});
