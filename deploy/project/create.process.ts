import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { openClone } from "../clone.ts";
import { layout } from "../layout.ts";
import { buildPackages } from "../packaging/build.ts";
import { temporaryFolder } from "../testing.ts";
import { createProject } from "./create.ts";

/** Milliseconds that a busy machine may take for the packages. */
const TIMEOUT = 120_000;

const { root } = openClone();
const packages = await buildPackages(root);

test("what was put into the folder since it was found empty stays", async (t) => {
  const parent = await temporaryFolder(t);
  const shop = join(parent, "shop");
  const created = createProject(shop, layout.templates, packages, {
    version: packages.version,
    name: "shop",
    app: "node",
  });
  const refused = assert.rejects(created, /is not empty \(mine\): name a folder/);
  await mkdir(shop);
  await writeFile(join(shop, "mine"), "");
  await refused;
  assert.deepEqual(await readdir(shop), ["mine"]);
  assert.deepEqual(await readdir(parent), ["shop"]);
});

test("Ctrl-C leaves nothing behind, at whichever step", async (t) => {
  const parent = await temporaryFolder(t);
  const child = spawn(process.execPath, [join(root, "deploy/new.ts")], {
    env: { ...process.env, DIR: join(parent, "shop"), NAME: "shop", APP: "node" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stderr = text(child.stderr);
  const ended = once(child, "exit");
  const since = performance.now();
  while ((await readdir(parent)).length === 0) {
    assert.ok(!isLate(since, TIMEOUT) && child.exitCode === null, "the project was not begun");
    await pause(5);
  }
  child.kill("SIGINT");
  await ended;
  assert.match(await stderr, /^gatehouse: stopped by SIGINT: nothing was written$/m);
  assert.equal(child.exitCode, 130);
  assert.deepEqual(await readdir(parent), []);
});
