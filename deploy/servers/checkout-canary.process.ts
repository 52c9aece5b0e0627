import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { lockedBySomethingElse } from "./testing.ts";
import { OWN, Site } from "./testing-site.ts";

const OWN_WORDS = OWN.map((each) => JSON.stringify(each)).join(", ");

/** Starts and ends a canary. */
const START = `become(${OWN_WORDS}, "canary c1");`;
const END = `become(${OWN_WORDS});`;

test("a canary has its commit there, and its end brings those of the release that serves back", async (t) => {
  // make canary REVERT=1 needs no lock; another command ends one that is worse.
  for (const unlocked of [true, false]) {
    const site = await Site.serving(t);
    const before = await site.state();
    await site.toolset("next");
    await site.deploy(START, { release: "two" }, "next");
    assert.match(await site.settings(), /two/);
    await site.change("", { unlocked });
    assert.match(await site.settings(), /two/);
    const { stdout } = await site.change(END, { unlocked });
    assert.match(stdout, /commit and settings on the server are those from before\n$/);
    assert.deepEqual(await site.state(), before);
    assert.equal(existsSync(site.path(".releases/before")), false);
  }
});

test("a canary that is promoted keeps its commit and settings", async (t) => {
  const site = await Site.serving(t);
  await site.deploy(START, { release: "two" });
  const own = await site.git("rev-parse", "HEAD");
  const { stdout } = await site.change(`await commit('app:2'); ${END}`);
  assert.equal(stdout, "");
  assert.match(await site.settings(), /RELEASE_APP=app:2\n[\s\S]*two/);
  assert.equal(await site.git("rev-parse", "HEAD"), own);
  assert.equal(existsSync(site.path(".releases/before")), false);
});

test("no commit comes beside a canary: the tree is its until it ends", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  await site.deploy(START, { release: "two" });
  const own = await site.git("rev-parse", "HEAD");
  // make canary PERCENT=50 of a later commit.
  assert.equal((await site.deploy("", { release: "three" })).code, 0);
  assert.equal(await site.git("rev-parse", "HEAD"), own);
  assert.match(await site.settings(), /two/);
  await site.change(END);
  assert.deepEqual(await site.state(), before);
});

test("while another command has the lock, the end of a canary changes no tree under it", async (t) => {
  const site = await Site.serving(t);
  const before = await site.state();
  const canary = await site.commit(START, { release: "two" });
  await site.run(canary);
  const unlock = await lockedBySomethingElse(t, canary);
  assert.equal((await site.change(END, { unlocked: true })).code, 0);
  assert.match(await site.settings(), /two/);
  await unlock();
  await site.change("");
  assert.deepEqual(await site.state(), before);
});
