import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { test } from "node:test";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { buildPackages } from "../packaging/build.ts";
import { temporaryFolder, wholeClone } from "../testing.ts";
import { adopt } from "./adopt-command.ts";
import { shapeOf } from "./adopted/shape.ts";
import { APPLICATIONS } from "./adopted/testing.ts";
import { createProject, writeFiles } from "./create.ts";
import { updateProject } from "./update-command.ts";

const packages = await buildPackages(openClone().root);

/** A line that changes nothing, in the language of a file; undefined where there is none. */
function remark(path: string, words: string): string | undefined {
  switch (extname(path)) {
    case ".ts":
    case ".js":
    case ".mjs":
      return `// ${words}\n`;
    case ".css":
      return `/* ${words} */\n`;
    case ".sql":
      return `-- ${words}\n`;
    case ".json":
      return undefined;
    default:
      return `# ${words}\n`;
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(\.git|vendor)\//.test(path));
}

/** Adds a remark to every file that may have one, and a script to every package.json. */
function changeAll(folder: string, words: string, where: "first" | "last"): string[] {
  return filesBelow(folder).filter((path) => {
    const text = readFileSync(path, "utf8");
    const line = remark(path, words);
    if (line !== undefined) writeFileSync(path, where === "first" ? line + text : text + line);
    if (basename(path) !== "package.json") return line !== undefined;
    const manifest = JSON.parse(text);
    manifest.scripts = { ...manifest.scripts, [words.replaceAll(" ", "-")]: "true" };
    writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
    return true;
  });
}

test("a project with local changes in every file takes over two newer versions", async (t) => {
  const gatehouse = await wholeClone(t);
  const templates = join(gatehouse.root, "templates");
  const examples = ["common", "hono"].map((name) => join(gatehouse.root, "examples", name));
  const shop = join(await temporaryFolder(t), "shop");
  const origin = { version: packages.version, name: "shop", app: "hono" };
  await createProject(shop, layout.templates, packages, origin);
  const git = async (...args: string[]): Promise<string> => {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    const { code, output, stdout } = await run("git", [...who, ...args], { cwd: shop });
    assert.equal(code, 0, output);
    return stdout;
  };
  const commit = () => git("commit", "--quiet", "--all", "--message", "all");
  const mine = changeAll(shop, "mine", "last");
  assert.ok(mine.length > 25, `${mine.length} files`);
  await assert.rejects(updateProject(gatehouse.root, shop), /changes that are not committed/);
  await commit();

  const installed = join(shop, "node_modules/.package-lock.json");
  await mkdir(dirname(installed));
  const versions = [packages.version];
  for (const words of ["second version", "third version"]) {
    for (const folder of [templates, ...examples]) changeAll(folder, words, "first");
    // As npm ci leaves it.
    await writeFile(installed, '{ "lockfileVersion": 3, "requires": true, "packages": {} }');
    const { report, conflicts } = await updateProject(gatehouse.root, shop);
    assert.equal(conflicts, 0, report);
    const question = await run("make", ["--question", "node_modules/.package-lock.json"], {
      cwd: shop,
    });
    assert.equal(question.code, 1, "the next make installs the new packages");
    await git("add", "--all");
    await commit();
    const { version } = JSON.parse(readFileSync(join(shop, ".gatehouse.json"), "utf8"));
    versions.push(version);
    const tarballs = readdirSync(join(shop, "vendor"));
    assert.equal(tarballs.length, packages.tarballs.length);
    for (const name of tarballs) assert.ok(name.includes(version), name);
    const lock = readFileSync(join(shop, "package-lock.json"), "utf8");
    assert.ok(lock.includes(version) && !lock.includes(versions.at(-2) ?? ""), "the lock file");
  }
  assert.equal(new Set(versions).size, 3);
  for (const path of mine) {
    const text = readFileSync(path, "utf8");
    for (const words of ["mine", "second.version", "third.version"]) {
      assert.match(text, new RegExp(words), path);
    }
  }

  // What both change in the same place is shown as git shows it; the rest is taken over.
  await rename(join(templates, "common/site.ts"), join(templates, "common/edge-site.ts"));
  await writeFile(join(templates, "renames.json"), '{ "site.ts": "edge-site.ts" }');
  for (const [folder, words] of [
    [shop, "my"],
    [join(templates, "common"), "their"],
  ] as const) {
    const file = join(folder, "Makefile");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace("help: ## list", `help: ## ${words} list`),
    );
  }
  await commit();
  const { report, conflicts } = await updateProject(gatehouse.root, shop);
  assert.equal(conflicts, 1, report);
  assert.match(report, /^! Makefile: a conflict$/m);
  assert.match(report, /^ {2}site\.ts: is now edge-site\.ts$/m);
  assert.match(await git("status", "--porcelain"), /^UU Makefile$/m);
  assert.match(readFileSync(join(shop, "edge-site.ts"), "utf8"), /mine/);
});

test("an adopted application, a folder of its repository, takes over a newer version", async (t) => {
  const gatehouse = await wholeClone(t);
  const shop = await temporaryFolder(t);
  const application = new Map(Object.entries(APPLICATIONS.Next));
  await writeFiles(shop, application);
  const folder = join(shop, "gatehouse");
  await writeFiles(folder, new Map([["tsconfig.json", "{}\n"]]));
  const { written, kept } = await adopt(
    ...([folder, layout.templates, packages, "shop"] as const),
    shapeOf(shop),
  );
  assert.deepEqual(kept, ["tsconfig.json"]);
  assert.equal(readFileSync(join(folder, "tsconfig.json"), "utf8"), "{}\n");
  assert.ok(written.includes("package-lock.json") && written.length < 45, written.join());
  const git = async (...args: string[]): Promise<string> => {
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    const { code, output, stdout } = await run("git", [...who, ...args], { cwd: shop });
    assert.equal(code, 0, output);
    return stdout;
  };
  await git("init", "--quiet");
  changeAll(folder, "mine", "last");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "all");
  const theirs = join(gatehouse.root, "templates");
  const marked = changeAll(join(theirs, "adopted"), "newer", "first");
  assert.ok(marked.length > 8);
  const { report, conflicts } = await updateProject(gatehouse.root, folder);
  assert.equal(conflicts, 0, report);
  for (const path of ["site.ts", "compose.yaml", "Dockerfile.app", "app/gatehouse-server.mjs"]) {
    const text = readFileSync(join(folder, path), "utf8");
    assert.match(text, /newer/, path);
    assert.match(text, /mine/, path);
  }
  const changed = (await git("status", "--porcelain")).trim().split("\n");
  assert.ok(
    changed.every((line) => line.includes("gatehouse/")),
    changed.join("\n"),
  );
});

test("the version that a project has already is not taken over again", async (t) => {
  const shop = join(await temporaryFolder(t), "shop");
  await createProject(shop, layout.templates, packages, {
    version: packages.version,
    name: "shop",
    app: "node",
  });
  const { report } = await updateProject(packages.folder, shop);
  assert.match(report, /has version .* already/);
  const { stdout } = await run("git", ["status", "--porcelain"], { cwd: shop });
  assert.equal(stdout, "");
});
