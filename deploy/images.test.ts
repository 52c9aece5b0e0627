import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { valuesOf } from "./env/environment.ts";
import { ensureImages, nameToday, renewImages } from "./images.ts";
import { temporaryFolder } from "./testing.ts";

/**
 * An engine that has these images: a line "name digests" each. What it pulls is a new image.
 * @param since when it has them from, ISO 8601
 * @returns reads the names that it has, and what it had to pull
 */
async function engineWith(
  t: TestContext,
  images: readonly string[],
  since = "2026-01-01T00:00:00Z",
) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "bin"));
  const list = join(folder, "images");
  await writeFile(list, images.map((image) => `${image}\n`).join(""));
  const docker = `#!/bin/sh
case "$1" in
  image) for name in "$@"; do :; done
    grep -q "^$name " ${list} || exit 1
    case "$4" in *Digests*) sed -n "s,^$name ,,p" ${list};; *) echo "sha256:$(grep -c "^$name " ${list}) 1000 1970-01-01T00:00:00Z \\"${since}\\"";; esac;;
  tag) echo "$3 0" >> ${list};;
  pull) echo "$3 1" >> ${list};;
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

const SETTINGS = valuesOf({
  text: "",
  file: {},
  own: { NODE_IMAGE: "mine/node:1", POSTGRES_IMAGE: "mine/postgres:1" },
  applicationText: "",
});
const BOTH = ["mine/node:1 1", "mine/postgres:1 1"];
const DAY = 86_400_000;

test("with PULL=1 images that are here are pulled once more, and named if they have changed", async (t) => {
  const names = await engineWith(t, BOTH);
  const done = await renewImages(SETTINGS, ["node", "postgres"], () => {});
  assert.equal(done, "new: node, postgres");
  const [node, postgres] = ["mine/node:1", "mine/postgres:1"];
  assert.deepEqual(await names(), [node, postgres, node, postgres]);
});

test("without it they stay, and old ones are named with their age", async (t) => {
  const ago = (days: number) => new Date(Date.now() - days * DAY).toISOString();
  const names = await engineWith(t, BOTH, ago(40));
  const done = await ensureImages(SETTINGS, ["node", "postgres"], () => {});
  assert.match(done, /^all present, the oldest for 40 days: PULL=1 /);
  assert.equal((await names()).length, 2);
});

test("young ones are not", async (t) => {
  await engineWith(t, BOTH, new Date(Date.now() - 20 * DAY).toISOString());
  assert.equal(await ensureImages(SETTINGS, ["node", "postgres"], () => {}), "all present");
});
