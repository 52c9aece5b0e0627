import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { layout } from "../../layout.ts";
import { filesOf } from "../starter.ts";
import type { Manager } from "./answers.ts";

const LOCKS: Readonly<Record<Manager, string>> = {
  npm: "package-lock.json",
  pnpm: "pnpm-lock.yaml",
  yarn: "yarn.lock",
};

/** The files for an application that is installed by this program. */
function filesFor(manager: Manager, ...more: readonly string[]) {
  const manifests = ["package.json", LOCKS[manager], ...more];
  const adopted = { entry: "server.js", manager, manifests, build: "build", migrate: "" };
  return filesOf(layout.templates, { version: "1.2.3", name: "shop", app: "node", adopted });
}

/** Each RUN of a Dockerfile, as one line. */
function runsOf(dockerfile: string): string[] {
  return dockerfile
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.startsWith("RUN "));
}

/** The commands of a RUN that install packages, or run scripts of theirs or of the application. */
const commandsOf = (run: string): string[] =>
  run.split("&&").filter((each) => /\b(npm|pnpm|yarn) (ci|install|rebuild|prune|run)\b/.test(each));

test("pnpm finds its patches in the folder that they are named in, before it installs", () => {
  const patches = ["patches/is-odd@3.0.1.patch", "patches/pg.patch", "more/koa.patch"];
  const dockerfile = filesFor("pnpm", ...patches).get("Dockerfile.app") ?? "";
  const [before = ""] = dockerfile.split("pnpm install");
  const [, ofApplication = ""] = before.split("\nFROM ").slice(-1)[0]?.split(" AS build\n") ?? [];
  assert.deepEqual(ofApplication.match(/^COPY .*$/gm), [
    "COPY package.json pnpm-lock.yaml ./",
    "COPY patches/is-odd@3.0.1.patch patches/pg.patch patches/",
    "COPY more/koa.patch more/",
  ]);
});

test("a package of a folder of the application is there before it installs", () => {
  const files = [".pnpmfile.cjs", "libs/money/", "libs/tax-1.0.0.tgz"];
  const dockerfile = filesFor("pnpm", ...files).get("Dockerfile.app") ?? "";
  const [before = ""] = dockerfile.split("pnpm install");
  for (const line of [
    "COPY package.json pnpm-lock.yaml .pnpmfile.cjs ./",
    "COPY libs/money/ libs/money/",
    "COPY libs/tax-1.0.0.tgz libs/",
  ])
    assert.ok(before.includes(`\n${line}\n`), before);
});

for (const manager of ["npm", "pnpm", "yarn"] as const) {
  test(`${manager}: an application's .npmrc is in no layer, and no script runs beside its token`, () => {
    const files = filesFor(manager, ".npmrc");
    const dockerfile = files.get("Dockerfile.app") ?? "";
    assert.doesNotMatch(dockerfile, /^COPY .*\.npmrc/m);
    assert.match(files.get("Dockerfile.app.dockerignore") ?? "", /^\*\*\/\.npmrc$/m);

    const runs = runsOf(dockerfile);
    const withToken = runs.filter((run) => run.includes("type=secret,id=application_npmrc"));
    assert.equal(withToken.length, 2, "packages are installed, and those of the build removed");
    for (const run of runs.filter((each) => each.includes("type=secret"))) {
      for (const command of commandsOf(run)) assert.match(command, /--ignore-scripts/);
    }
    const scripts = runs.filter((run) => /npm run build|rebuild|--offline/.test(run));
    assert.equal(scripts.length, 2, "install scripts, and the application's own");
    for (const run of scripts) assert.doesNotMatch(run, /type=secret/);

    const { services, secrets } = parse(files.get("compose.yaml") ?? "", { merge: true });
    assert.deepEqual(services.app.build.secrets, ["application_npmrc"]);
    assert.deepEqual(secrets.application_npmrc, { file: "../.npmrc" });
  });

  test(`${manager}: the chain's own files are gone before the application's build, which would compile them`, () => {
    const runs = runsOf(filesFor(manager).get("Dockerfile.app") ?? "");
    const build = runs.find((run) => run.includes("npm run build")) ?? "";
    assert.match(build, /^RUN rm -rf gatehouse *&& /);
  });

  test(`${manager}: without an .npmrc no build waits for it`, () => {
    const files = filesFor(manager);
    for (const [path, text] of files) assert.doesNotMatch(text, /application_npmrc/, path);
  });
}

test("an application runs in its own folder, which the gateway does not leave", () => {
  const files = filesFor("npm");
  const [folder] = (files.get("Dockerfile.app") ?? "").match(/(?<=^WORKDIR ).+/gm)?.slice(-1) ?? [];
  const { GATEWAY_CHDIR } = parse(files.get("compose.yaml") ?? "").services.app.environment;
  assert.equal(GATEWAY_CHDIR, `\${GATEWAY_CHDIR:-${folder}}`);
});

test("an application that tsx compiles has it in each process, and its packages stay if it is one of development", () => {
  const imageOf = (tsx?: "kept" | "pruned") => {
    const manifests = ["package.json", "package-lock.json"];
    const answers = {
      entry: "src/server.ts",
      manager: "npm",
      manifests,
      build: "",
      migrate: "",
    } as const;
    const adopted = tsx === undefined ? answers : { ...answers, tsx };
    const origin = { version: "1.2.3", name: "shop", app: "node", adopted };
    return filesOf(layout.templates, origin).get("Dockerfile.app") ?? "";
  };
  const loader = / --import=\/gatehouse\/app\/site\/node_modules\/tsx\/dist\/loader\.mjs"$/m;
  assert.match(imageOf("kept"), loader);
  assert.match(imageOf("kept"), /npm prune/);
  assert.match(imageOf("pruned"), loader);
  assert.doesNotMatch(imageOf("pruned"), /npm prune/);
  assert.match(imageOf(), /^ENV NODE_OPTIONS="--import=\/gatehouse\/app\/environment\.ts"$/m);
});
