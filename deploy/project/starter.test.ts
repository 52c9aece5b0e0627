import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openClone } from "../clone.ts";
import { layout } from "../layout.ts";
import { SOURCES } from "../packaging/sources.ts";
import { ON_SERVERS } from "../servers/commands.ts";
import { runMake, temporaryFolder } from "../testing.ts";
import { createProject, writeFiles } from "./create.ts";
import { filesOf, starters } from "./starter.ts";
import { adoptedFiles, derivedFiles, starterFiles } from "./starter-files.ts";

const { root } = openClone();

const MOST_FILES = 45;
/** Words of this repository and its sample, which a project of one's own has no use for. */
const OTHERS =
  /\bnotices?\b|board\b|services\/|infra-tests|examples\/|gatehouse-test-|docs\/\w+\.md/i;

const filesFor = (app: string) =>
  filesOf(layout.templates, { version: "1.2.3-h0", name: "corner-shop", app });

test("what the starters have in common with this repository is what it says today; otherwise run: npm run docs", () => {
  for (const [file, text] of starterFiles()) assert.equal(readFileSync(file, "utf8"), text, file);
});

test("what a starter has otherwise than the others is made from theirs; otherwise run: npm run docs", () => {
  for (const [file, text] of derivedFiles()) assert.equal(readFileSync(file, "utf8"), text, file);
});

test("what an adopted application has in common with the starters is made from theirs; otherwise run: npm run docs", () => {
  for (const [file, text] of adoptedFiles()) assert.equal(readFileSync(file, "utf8"), text, file);
});

test("every starter is an example, and the packages have what is there of it", () => {
  const apps = starters(layout.templates);
  const others = SOURCES.find(({ folder }) => folder === "deploy")?.others ?? {};
  for (const part of ["common", ...apps])
    assert.equal(others[`examples/${part}`], `templates/${part}`);
  for (const [from, to] of Object.entries(others)) assert.ok(existsSync(join(root, from)), to);
  const listed = readFileSync(join(root, "examples/README.md"), "utf8");
  for (const name of readdirSync(join(root, "examples"))) {
    if (/README|node_modules|^package\.json$/.test(name)) continue;
    assert.match(listed, new RegExp(`^\\| .*\`${name}/?\``, "m"), `${name} in examples/README.md`);
  }
  for (const app of apps) assert.ok(existsSync(join(root, "examples", app, "app")), app);
});

/** Nest's CLI refuses TypeScript 7. */
const EXEMPT = /typescript$/;

test("examples, starters and services that need the same package need the same version of it", () => {
  const versions = new Map<string, string>();
  const files = "{examples,services,templates,deploy}{,/*,/*/*}/package.json";
  for (const file of globSync(files, { cwd: root, exclude: ["**/node_modules/**"] })) {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, file), "utf8"));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      if (EXEMPT.test(name) || !/^\d/.test(String(version))) continue;
      const known = versions.get(name) ?? `${version}`;
      assert.equal(version, known, `${name} in ${file}`);
      versions.set(name, known);
    }
  }
  assert.ok(versions.size > 20, `${versions.size} packages`);
});

for (const app of starters(layout.templates)) {
  test(`a ${app} project has at most ${MOST_FILES} files, its own name, and no word of ours`, () => {
    const files = filesFor(app);
    assert.ok(files.size < MOST_FILES, `${files.size} files and a lock file`);
    for (const [path, text] of files) {
      assert.doesNotMatch(text, OTHERS, path);
      assert.doesNotMatch(text, /__name__/, path);
    }
    assert.match(
      files.get(app === "next" ? "app/app/layout.tsx" : "app/page.ts") ?? "",
      /"corner-shop"/,
    );
    assert.match(files.get("package.json") ?? "", /"name": "corner-shop"/);
    assert.match(files.get(".gatehouse.json") ?? "", /"name": "corner-shop"/);
    assert.match(files.get(".gitignore") ?? "", /^\/secrets\/$/m);
    assert.match(files.get(".gitignore") ?? "", /^\/environments\/\*\.secrets$/m);
    assert.match(
      files.get("environments/production.env.example") ?? "",
      /^COMPOSE_PROJECT_NAME=corner-shop$/m,
    );
  });

  test(`a ${app} project takes our packages from vendor/, in one version`, () => {
    const files = filesFor(app);
    const { dependencies, overrides } = JSON.parse(files.get("package.json") ?? "");
    assert.equal(dependencies["@gatehouse/web"], "file:vendor/gatehouse-web-1.2.3-h0.tgz");
    assert.equal(overrides["@gatehouse/http"], "file:vendor/gatehouse-http-1.2.3-h0.tgz");
    assert.equal(
      JSON.parse(files.get("app/package.json") ?? "").dependencies["@gatehouse/gateway"],
      "1.2.3-h0",
    );
  });
}

/** A project whose `gatehouse` says what it was started with. */
async function projectWithEcho(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, filesFor("node"));
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  const program = `#!/bin/sh\necho "$* [$FROM] [$TO] [$GIVEN]"\n`;
  await writeFile(join(folder, "node_modules/.bin/gatehouse"), program, { mode: 0o755 });
  await writeFile(join(folder, "package-lock.json"), "");
  await writeFile(join(folder, "node_modules/.package-lock.json"), "");
  return folder;
}

test("make passes on what its variables say, spaces too", async (t) => {
  const folder = await projectWithEcho(t);
  const update = await runMake(folder, ["update", "FROM=/a folder/with in it"]);
  assert.equal(update.output, "update [/a folder/with in it] [] []\n");
  const rollback = await runMake(folder, ["rollback", "TO=3"]);
  assert.equal(rollback.output, "rollback [] [3] [TO]\n");
});

test("each command of a server reaches it with TO=, and with the names of what stands beside it", async (t) => {
  const folder = await projectWithEcho(t);
  for (const name of ["server", ...ON_SERVERS]) {
    const { code, output } = await runMake(folder, [name, "TO=production", "REPLICAS=4"]);
    assert.equal(code, 0, output);
    const [, given = ""] =
      new RegExp(`^${name} +\\[\\] \\[production\\] \\[(.*)\\]\n$`).exec(output) ?? [];
    assert.deepEqual(given.split(" ").sort(), ["REPLICAS", "TO"], output);
  }
  const exec = await runMake(folder, ["exec", "TO=production", "RUN=node --version"]);
  assert.match(exec.output, /^exec node --version \[\] \[production\]/);
});

test("what Compose does on this machine waits for no packages", async (t) => {
  const folder = await projectWithEcho(t);
  await rm(join(folder, "node_modules/.package-lock.json"));
  for (const target of ["ps", "exec", "psql"]) {
    const here = await runMake(folder, ["--dry-run", target]);
    assert.match(here.output, /^docker compose/);
    const there = await runMake(folder, ["--dry-run", target, "TO=production"]);
    assert.match(there.output, /npm ci[\s\S]*gatehouse/);
  }
});

test("what a project does on this machine alone refuses a server, and so does an empty name", async (t) => {
  const folder = await projectWithEcho(t);
  for (const target of ["down", "dev", "check", "test", "update", "deplyo"]) {
    const { code, output } = await runMake(folder, [target, "VOLUMES=1", "TO=production"]);
    assert.equal(code, 2, output);
    assert.match(output, new RegExp(`make ${target} has no TO=; these commands have it: server`));
  }
  const { code, output } = await runMake(folder, ["down", "VOLUMES=1", "TO="]);
  assert.equal(code, 2, output);
  assert.match(output, /TO= is empty/);
});

test("a starter has not what it does without, and all else that is common", () => {
  const paths = [...filesFor("hono").keys()].filter((path) => !filesFor("next").has(path));
  assert.deepEqual(paths, ["app/page.test.ts", "app/page.ts", "app/static/live.js"]);
  assert.ok(!filesFor("next").has("without.json"));
});

test("a link in a template is refused: it leads out of it", async (t) => {
  const templates = await temporaryFolder(t);
  await mkdir(join(templates, "common"));
  await mkdir(join(templates, "node/app"), { recursive: true });
  await writeFile(join(templates, "node/app/package.json"), "{}");
  await symlink("/etc/hostname", join(templates, "common/Makefile"));
  const origin = { version: "1", name: "shop", app: "node" };
  assert.throws(() => filesOf([templates], origin), /the template's Makefile is no file/);
});

test("an unknown starter is refused with those that there are", () => {
  assert.throws(
    () => filesFor("rails"),
    /APP=rails: expected express or fastify or hono or nest or next or node/,
  );
});

test("a folder of another's beside the project stays, whatever its name", async (t) => {
  const parent = await temporaryFolder(t);
  const others = join(parent, `.shop-${process.pid}`);
  await mkdir(others);
  const packages = { version: "1.2.3-h0", folder: parent, tarballs: ["gone.tgz"] };
  const origin = { version: "1.2.3-h0", name: "corner-shop", app: "hono" };
  const creating = createProject(join(parent, "shop"), layout.templates, packages, origin);
  await assert.rejects(creating, /ENOENT.*gone\.tgz/);
  assert.deepEqual(await readdir(parent), [basename(others)]);
});

test("a project that cannot be completed leaves nothing behind, beside its folder neither", async (t) => {
  const parent = await temporaryFolder(t);
  const packages = { version: "1.2.3-h0", folder: parent, tarballs: ["gone.tgz"] };
  const origin = { version: "1.2.3-h0", name: "corner-shop", app: "hono" };
  const creating = createProject(join(parent, "sites/shop"), layout.templates, packages, origin);
  await assert.rejects(creating, /ENOENT.*gone\.tgz/);
  assert.deepEqual(await readdir(parent), []);
});
