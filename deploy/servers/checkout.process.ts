import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { BUSY_EXIT_CODE, BY_HAND_EXIT_CODE, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { newCommandId } from "./remote-command.ts";
import { lockedBySomethingElse } from "./testing.ts";
import { OWN, Site } from "./testing-site.ts";

const SECRET = "it's a secret";

test("settings reach the command in no file of their own, also if the command is refused", async (t) => {
  const site = await Site.make(t);
  const command = await site.commit("", { KEY: SECRET });
  const unlock = await lockedBySomethingElse(t, command);
  assert.equal((await site.run(command)).code, BUSY_EXIT_CODE);
  assert.deepEqual(await site.filesWith(SECRET), []);
  await unlock();
  const { code, stdout } = await site.run({ ...command, id: newCommandId() });
  assert.equal(code, 0, stdout);
  assert.deepEqual(await site.filesWith(SECRET), [site.path(".env")]);
});

test("toolsets of earlier lock files are removed under the lock, and not one that was just sent", async (t) => {
  const site = await Site.make(t);
  const toolsets = site.path(".releases/toolsets");
  const command = await site.commit("", {});
  const unlock = await lockedBySomethingElse(t, command);
  await site.run(command);
  assert.equal((await readdir(toolsets)).length, 3, "another command has the lock");
  await unlock();
  await mkdir(site.path(".releases/sets/of-an-earlier-version"), { recursive: true });
  await writeFile(site.path(".releases/holder"), "make deploy by jo@desk");
  assert.equal((await site.run({ ...command, id: newCommandId() })).code, 0);
  assert.deepEqual((await readdir(toolsets)).sort(), ["another-operators", "used"]);
  assert.equal(existsSync(site.path(".releases/sets")), false);
  assert.equal(existsSync(site.path(".releases/holder")), false);
});

test("packages that cannot be installed leave those that are there", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  const { code, stdout } = await site.deploy("", {}, "lost");
  assert.equal(code, UNAVAILABLE_EXIT_CODE);
  assert.match(stdout, /Node and its packages are not on the server any more/);
  assert.deepEqual(await site.state(), before);
});

test("after a deploy that was refused, commit, settings and packages are those of the release that serves", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  await site.toolset("next");
  const refused = "writeFileSync('app.env', 'WORD=two'); process.exitCode = 1;";
  const { code, stdout } = await site.deploy(refused, { release: "two" }, "next");
  assert.equal(code, 1);
  assert.match(stdout, /commit and settings on the server are those from before\n$/);
  assert.deepEqual(await site.state(), before);
  assert.equal(existsSync(site.path(".releases/before")), false);
});

test("those of a deploy that fails after its release runs stay", async (t) => {
  const site = await Site.serving(t);
  const fails = "await commit('app:2'); process.exitCode = 1;";
  const { code, stdout } = await site.deploy(fails, { release: "two" });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(await site.settings(), /two/);
  assert.equal(existsSync(site.path(".releases/before")), false);
});

test("those of a deploy that is killed after its commit stay, also if it changes settings alone", async (t) => {
  for (const release of ["app:2", "app:1"]) {
    const site = await Site.serving(t);
    const killed = await site.deploy(`await commit('${release}'); killed();`, { release: "two" });
    assert.notEqual(killed.code, 0);
    assert.match(await site.settings(), /two/, release);
    await site.deploy("process.exitCode = 1;", { release: "three" });
    assert.match(await site.settings(), /two/, release);
  }
});

test("what a deploy leaves that ends with the machine is undone by the next command", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  // The script that would restore is in the same group.
  await site.deploy("process.kill(0, 'SIGKILL'); setInterval(() => {}, 1e6);", { release: "two" });
  assert.match(await site.settings(), /two/);
  assert.equal((await site.change("")).code, 0);
  assert.deepEqual(await site.state(), before);
});

test("the first deploy of a site has nothing to go back to", async (t) => {
  const site = await Site.make(t);
  await site.deploy("process.exitCode = 1;", { release: "one" });
  await site.deploy("process.exitCode = 1;", { release: "two" });
  assert.match(await site.settings(), /two/);
});

test("what must be replaced by hand finds the new settings there, and the next refused deploy brings the old ones back", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  const byHand = await site.deploy(`process.exitCode = ${BY_HAND_EXIT_CODE};`, { release: "two" });
  assert.equal(byHand.code, BY_HAND_EXIT_CODE);
  assert.match(byHand.stdout, /those from before are in \.releases\/before\n$/);
  assert.match(await site.settings(), /two/);
  await site.deploy("process.exitCode = 1;", { release: "three" });
  assert.deepEqual(await site.state(), before);
});

test("settings with which the operator has replaced a container by hand are those that a refused deploy brings back", async (t) => {
  const site = await Site.serving(t);
  await site.deploy(`process.exitCode = ${BY_HAND_EXIT_CODE};`, { release: "two" });
  await site.become("db False d2", ...OWN.slice(1));
  const before = await site.state();
  await site.deploy("process.exitCode = 1;", { release: "three" });
  assert.deepEqual(await site.state(), before);
});

test("until the operator has replaced it, another command leaves the new settings there", async (t) => {
  const site = await Site.serving(t);
  await site.deploy(`process.exitCode = ${BY_HAND_EXIT_CODE};`, { release: "two" });
  await site.change("");
  assert.match(await site.settings(), /two/);
});
