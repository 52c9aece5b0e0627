import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { layout } from "../layout.ts";
import { temporaryFolder } from "../testing.ts";
import { adopt, adoptProject } from "./adopt-command.ts";
import { shapeOf } from "./adopted/shape.ts";
import { APPLICATIONS } from "./adopted/testing.ts";
import { writeFiles } from "./create.ts";
import { Journal } from "./journal.ts";
import { originText, readOrigin } from "./origin.ts";
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
  // The other packages are not there: npm fails without a request.
  const packages = await fakePackages(await temporaryFolder(t), "1.0.0", {});
  await assert.rejects(
    adopt(target, layout.templates, packages, "shop", shapeOf(folder)),
    /npm cannot resolve/,
  );
  assert.equal((await readdir(folder)).includes("gatehouse"), false);
});

/** A run that is killed after some files: nothing more is written, and nothing is put back. */
class Killed extends Journal {
  #left: number;

  constructor(left: number) {
    super();
    this.#left = left;
  }

  override async remember(file: string): Promise<void> {
    this.#left -= 1;
    if (this.#left < 0) throw new Error("killed");
    await super.remember(file);
  }

  override async undo(): Promise<void> {}
}

/** The files of a folder, with what is in them. */
async function textsIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files
        .sort()
        .map(async (file) => [relative(folder, file), await readFile(file, "utf8")] as const),
    ),
  );
}

/** In place of npm, which would send requests to a registry. */
async function withoutRegistry(t: TestContext): Promise<void> {
  const programs = await temporaryFolder(t);
  const script = '#!/bin/sh\necho "{}" > package-lock.json\n';
  await writeFile(join(programs, "npm"), script, { mode: 0o755 });
  const { PATH } = process.env;
  t.after(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = `${programs}:${PATH}`;
}

test("a run that was killed between any two files is made whole by the same command", async (t) => {
  await withoutRegistry(t);
  const packages = await fakePackages(await temporaryFolder(t), "1.0.0", {});
  const run = async (folder: string, journal?: Journal) => {
    const shape = shapeOf(folder);
    const target = join(folder, "gatehouse");
    return await adopt(target, layout.templates, packages, "shop", shape, undefined, journal);
  };
  const whole = await application(t);
  const { written } = await run(whole);
  // The files, and the tarball.
  for (let left = 0; left <= written.length; left++) {
    const folder = await application(t);
    const target = join(folder, "gatehouse");
    await assert.rejects(run(folder, new Killed(left)), /killed/);
    assert.equal(readOrigin(target), undefined, `adopted after ${left} files`);
    const again = await run(folder);
    assert.deepEqual(again, { written, kept: [] }, `after ${left} files`);
    assert.deepEqual(await textsIn(target), await textsIn(join(whole, "gatehouse")));
  }
});

test("folders that are symbolic links, and another package.json, are refused; nothing is written there", async (t) => {
  await withoutRegistry(t);
  const packages = await fakePackages(await temporaryFolder(t), "1.0.0", {});
  for (const name of ["app", "vendor"]) {
    const folder = await application(t);
    const outside = await temporaryFolder(t);
    const target = join(folder, "gatehouse");
    await mkdir(target);
    await symlink(outside, join(target, name));
    await assert.rejects(
      adopt(target, layout.templates, packages, "shop", shapeOf(folder)),
      new RegExp(`${name} is a symbolic link`),
    );
    assert.deepEqual([await readdir(target), await readdir(outside)], [[name], []]);
  }
  const folder = await application(t);
  const target = join(folder, "gatehouse");
  await mkdir(target);
  await writeFile(join(target, "package.json"), "{}");
  await assert.rejects(
    adopt(target, layout.templates, packages, "shop", shapeOf(folder)),
    /package\.json is there already/,
  );
  assert.deepEqual(await textsIn(target), { "package.json": "{}" });
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
