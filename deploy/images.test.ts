import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { nameToday } from "./images.ts";
import { temporaryFolder } from "./testing.ts";

/** An engine that has these images: a line "name digests" each. @returns reads the names that it has */
async function engineWith(t: TestContext, images: readonly string[]) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "bin"));
  const list = join(folder, "images");
  await writeFile(list, images.map((image) => `${image}\n`).join(""));
  const docker = `#!/bin/sh
case "$1" in
  image) for name in "$@"; do :; done
    grep -q "^$name " ${list} || exit 1
    case "$4" in *Digests*) sed -n "s,^$name ,,p" ${list};; *) echo sha256:1 1000;; esac;;
  tag) echo "$3 0" >> ${list};;
esac
`;
  await writeFile(join(folder, "bin/docker"), docker, { mode: 0o755 });
  const { PATH } = process.env;
  process.env.PATH = `${folder}/bin:${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
  return async () => (await readFile(list, "utf8")).match(/^\S+/gm) ?? [];
}

test("a stand-in of the former name gets that of today, and what it is built on too", async (t) => {
  const former = ["gatehouse-base/node:26.10.0", "gatehouse-base/debian:trixie"];
  const names = await engineWith(t, [...former.map((name) => `${name} 0`), "mine:1 0"]);
  assert.equal(await nameToday("gatehouse-base/node:26.10.0"), `localhost/${former[0]}`);
  const today = former.map((name) => `localhost/${name}`);
  assert.deepEqual((await names()).sort(), [...former, ...today, "mine:1"].sort());
});

test("an image of the former name that a registry has sent is a stranger's, and stays one", async (t) => {
  const names = await engineWith(t, ["gatehouse-base/postgres:17 1"]);
  assert.equal(
    await nameToday("gatehouse-base/postgres:17"),
    "localhost/gatehouse-base/postgres:17",
  );
  assert.deepEqual(await names(), ["gatehouse-base/postgres:17"]);
});

test("every other image keeps its name", async (t) => {
  const names = await engineWith(t, ["gatehouse-base/node:26.10.0 0"]);
  const others = ["", "node:26.10.0-trixie-slim", "gatehouse-base/mine:1"];
  assert.deepEqual(await Promise.all(others.map(nameToday)), others);
  assert.equal((await names()).length, 1);
});
