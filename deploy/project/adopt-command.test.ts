import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { layout } from "../layout.ts";
import { temporaryFolder } from "../testing.ts";
import { adopt, adoptProject } from "./adopt-command.ts";
import { shapeOf } from "./adopted/shape.ts";
import { APPLICATIONS } from "./adopted/testing.ts";
import { writeFiles } from "./create.ts";
import { originText } from "./origin.ts";
import { filesOf } from "./starter.ts";
import { fakePackages } from "./testing.ts";

const MOST_FILES = 45;

async function application(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, new Map(Object.entries(APPLICATIONS["Express 4 in JavaScript"])));
  return folder;
}

for (const [name, files] of Object.entries(APPLICATIONS)) {
  test(`the files for ${name} have no placeholder left, no word of the starters, and are few`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFiles(folder, new Map(Object.entries(files)));
    const { kind, answers } = shapeOf(folder);
    const origin = { version: "1.2.3-h0", name: "shop", app: kind, adopted: answers };
    const texts = filesOf(layout.templates, origin);
    assert.ok(texts.size < MOST_FILES, `${texts.size} files`);
    for (const [path, text] of texts) {
      assert.doesNotMatch(text, /__[a-z]+__/, path);
      assert.doesNotMatch(text, /app\/server\.ts|addEntry|services\//, path);
    }
    assert.match(
      texts.get(".env.example") ?? "",
      new RegExp(`^APP=app/site/${answers.entry}$`, "m"),
    );
    const dockerfile = texts.get("Dockerfile.app") ?? "";
    assert.match(dockerfile, /^COPY package\.json \.\/$/m);
    assert.equal(dockerfile.includes("npm run build"), answers.build === "build");
  });
}

test("what npm cannot resolve is taken back: not even the folder stays", async (t) => {
  const folder = await application(t);
  const target = join(folder, "gatehouse");
  // The other packages are not there: npm fails without asking anybody.
  const packages = await fakePackages(await temporaryFolder(t), "1.0.0", {});
  await assert.rejects(
    adopt(target, layout.templates, packages, "shop", shapeOf(folder)),
    /npm cannot resolve/,
  );
  assert.equal((await readdir(folder)).includes("gatehouse"), false);
});

test("what was in the folder already stays, also if npm fails", async (t) => {
  const folder = await application(t);
  const target = join(folder, "gatehouse");
  await mkdir(target);
  await writeFile(join(target, "site.ts"), "// mine");
  await writeFile(join(target, "notes"), "mine");
  const packages = await fakePackages(await temporaryFolder(t), "1.0.0", {});
  await assert.rejects(adopt(target, layout.templates, packages, "shop", shapeOf(folder)));
  assert.deepEqual((await readdir(target)).sort(), ["notes", "site.ts"]);
  assert.equal(await readFile(join(target, "site.ts"), "utf8"), "// mine");
});

test("an application that was adopted already is led to the update", async (t) => {
  const folder = await application(t);
  const { kind, answers } = shapeOf(folder);
  await mkdir(join(folder, "gatehouse"));
  await writeFile(
    join(folder, "gatehouse/.gatehouse.json"),
    originText({ version: "1.0.0", name: "shop", app: kind, adopted: answers }),
  );
  await assert.rejects(
    adoptProject({ dir: folder, name: "", entry: "" }),
    /was adopted already, with version 1\.0\.0: cd .*gatehouse && make update/,
  );
});

test("a file where the folder belongs, and a name that names no image, are refused", async (t) => {
  const folder = await application(t);
  await assert.rejects(
    adoptProject({ dir: folder, name: "My Shop", entry: "" }),
    /NAME=My Shop: expected/,
  );
  await writeFile(join(folder, "gatehouse"), "");
  await assert.rejects(
    adoptProject({ dir: folder, name: "", entry: "" }),
    /gatehouse is no folder/,
  );
  await assert.rejects(adoptProject({ dir: "", name: "", entry: "" }), /DIR= is missing/);
});
