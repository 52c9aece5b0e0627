import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../../testing.ts";
import { writeFiles } from "../create.ts";
import { shapeOf } from "./shape.ts";
import { APPLICATIONS, type Application } from "./testing.ts";
import { toDos } from "./to-do.ts";

async function written(t: TestContext, application: Application): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeFiles(folder, new Map(Object.entries(application)));
  return folder;
}

const manifest = (content: object): Application => ({ "package.json": JSON.stringify(content) });

/** How each application is recognised, and what its owner has to do. */
const KNOWN: Readonly<
  Record<
    keyof typeof APPLICATIONS,
    readonly [words: string, kind: string, entry: string, build: string, toDo: RegExp]
  >
> = {
  "Express 4 in JavaScript": [
    "Express 4, by bin/www",
    ...(["node", "bin/www", ""] as const),
    /copy what the application needs of \.env[\s\S]*DATABASE_URL leads to it[\s\S]*"npm run migrate" runs[\s\S]*trust proxy/,
  ],
  "Fastify in TypeScript": [
    "Fastify 5, by dist/server.js",
    "node",
    "dist/server.js",
    "build",
    /^addresses: .*trustProxy: true/,
  ],
  "Fastify by tsx": [
    "Fastify 5, by src/server.ts",
    ...(["node", "src/server.ts", ""] as const),
    /trustProxy: true[\s\S]*^tsx: .*"devDependencies"/m,
  ],
  Nest: [
    "Nest 12, by dist/main.js",
    "node",
    "dist/main.js",
    "build",
    /"exclude": \["gatehouse".* to tsconfig\.build\.json and tsconfig\.json,/,
  ],
  Next: ["Next 16", "next", "gatehouse-server.mjs", "build", /^$/],
  "React Router": ["React Router 8", "react-router", "gatehouse-server.mjs", "build", /^$/],
};

for (const [name, application] of Object.entries(APPLICATIONS)) {
  test(`${name} is known by its package.json`, async (t) => {
    const [words, kind, entry, build, toDo] = KNOWN[name as keyof typeof APPLICATIONS];
    const folder = await written(t, application);
    const shape = shapeOf(folder);
    assert.deepEqual(
      [shape.words, shape.kind, shape.answers.entry, shape.answers.build],
      [words, kind, entry, build],
    );
    assert.match(toDos(folder, shape).join("\n"), toDo);
  });
}

test("what tsx starts is compiled by it in the image too, and tsx stays there", async (t) => {
  const scripts = { start: "tsx src/index.ts" };
  const tsxOf = async (content: object) => {
    const files = { ...manifest({ scripts, ...content }), "src/index.ts": "" };
    const folder = await written(t, files);
    const shape = shapeOf(folder);
    return [shape.answers.tsx, toDos(folder, shape).join("\n")] as const;
  };
  assert.deepEqual(await tsxOf({ dependencies: { tsx: "4.23.15" } }), ["kept", ""]);
  const [pruned, toDo] = await tsxOf({ devDependencies: { tsx: "4.23.15" } });
  assert.equal(pruned, "pruned");
  assert.match(toDo, /^tsx: .*"devDependencies"/);
  const [undone] = await tsxOf({ scripts: { start: "node src/index.ts" } });
  assert.equal(undone, undefined);
});

test("each configuration of TypeScript that would take the folder for sources is named, and no other", async (t) => {
  const configurations: Record<string, object> = {
    "tsconfig.json": { extends: "@tsconfig/node24/tsconfig.json" },
    "tsconfig.build.json": { extends: "./tsconfig.json", exclude: ["test"] },
    "tsconfig.types.json": { extends: "./tsconfig.json" },
    "tsconfig.node.json": { include: ["vite.config.ts"] },
    "tsconfig.all.json": { files: [] },
    "tsconfig.known.json": { exclude: ["./gatehouse", "node_modules"] },
  };
  const files = Object.entries(configurations).map(([name, each]) => [name, JSON.stringify(each)]);
  const folder = await written(t, {
    ...manifest({ scripts: { start: "node index.js" } }),
    ...{ "index.js": "", ...Object.fromEntries(files) },
  });
  const [line = "", ...more] = toDos(folder, shapeOf(folder));
  assert.match(line, / belongs to tsconfig\.build\.json and tsconfig\.json, beside/);
  assert.deepEqual(more, []);
});

test("sessions that one process remembers are said, and those of a store are not", async (t) => {
  const toDo = async (dependencies: object) => {
    const content = { dependencies, scripts: { start: "node index.js" } };
    const folder = await written(t, { ...manifest(content), "index.js": "" });
    return toDos(folder, shapeOf(folder)).join("\n");
  };
  assert.match(await toDo({ "express-session": "1.19.0" }), /^sessions: .*REPLICAS=1/);
  assert.equal(await toDo({ "express-session": "1.19.0", "connect-redis": "9.0.0" }), "");
});

/** Start scripts, with the module and the flags that would be lost. */
const STARTS: readonly (readonly [script: string, entry: string, flags: string])[] = [
  [
    "NODE_ENV=production node -r dotenv/config ./server.js --port 3000",
    "server.js",
    "-r dotenv/config",
  ],
  [
    "cross-env NODE_ENV=production node --enable-source-maps lib/main.mjs",
    "lib/main.mjs",
    "--enable-source-maps",
  ],
  ["npm run migrate && node src/index.ts", "src/index.ts", ""],
  ["tsx src/index.ts", "src/index.ts", ""],
  ["node --import tsx -r dotenv/config src/index.ts", "src/index.ts", "-r dotenv/config"],
  ["node .", "index.js", ""],
  ["pm2-runtime ecosystem.config.cjs", "index.js", ""],
];

for (const [script, entry, flags] of STARTS) {
  test(`"${script}" starts ${entry}`, async (t) => {
    const folder = await written(t, {
      ...manifest({ main: "index.js", scripts: { start: script } }),
      ...{ [entry]: "", "index.js": "" },
    });
    const shape = shapeOf(folder);
    assert.equal(shape.answers.entry, entry);
    assert.equal(shape.flags.join(" "), flags);
  });
}

test("the program that wrote the lock file installs, and its files are the ones that it reads", async (t) => {
  for (const [lock, manager] of [
    ["package-lock.json", "npm"],
    ["pnpm-lock.yaml", "pnpm"],
    ["yarn.lock", "yarn"],
  ] as const) {
    const folder = await written(t, { ...manifest({}), "server.js": "", [lock]: "", ".npmrc": "" });
    const { answers } = shapeOf(folder);
    assert.equal(answers.manager, manager);
    assert.deepEqual(answers.manifests, ["package.json", lock, ".npmrc"]);
  }
});

test("a pnpm-workspace.yaml with settings alone is read by pnpm, and one with packages is refused", async (t) => {
  const files = { ...manifest({}), "server.js": "", "pnpm-lock.yaml": "" };
  const name = "pnpm-workspace.yaml";
  const single = await written(t, { ...files, [name]: "ignoredBuiltDependencies:\n  - sharp\n" });
  assert.deepEqual(shapeOf(single).answers.manifests, ["package.json", "pnpm-lock.yaml", name]);
  const several = await written(t, { ...files, [name]: "packages:\n  - apps/*\n" });
  assert.throws(() => shapeOf(several), /has workspaces/);
  const broken = await written(t, { ...files, [name]: "packages: [" });
  assert.throws(() => shapeOf(broken), /pnpm-workspace\.yaml cannot be read/);
});

test("what an install reads of the application's own files is there for it", async (t) => {
  const dependencies = {
    ...{ money: "file:./libs/money", express: "5.2.1", koa: "koajs/koa" },
    ...{ dates: "./libs/dates", words: "link:libs/words" },
  };
  const optionalDependencies = { tax: "file:libs/tax-1.0.0.tgz" };
  const files = {
    ...manifest({ dependencies, optionalDependencies }),
    ...{ "server.js": "", "libs/money/package.json": "{}", "libs/tax-1.0.0.tgz": "" },
    ...{ "libs/dates/package.json": "{}", "libs/words/package.json": "{}" },
    ...{ "pnpm-lock.yaml": "", ".pnpmfile.cjs": "" },
  };
  const own = ["libs/money/", "libs/dates/", "libs/words/", "libs/tax-1.0.0.tgz"];
  const { answers } = shapeOf(await written(t, files));
  assert.deepEqual(answers.manifests, ["package.json", "pnpm-lock.yaml", ".pnpmfile.cjs", ...own]);
  const { "pnpm-lock.yaml": _, ...ofNpm } = files;
  const { manifests } = shapeOf(await written(t, ofNpm)).answers;
  assert.deepEqual(manifests, ["package.json", ...own]);
});

test("a package of a folder elsewhere is refused: the image has the application's folder alone", async (t) => {
  for (const version of [
    ...["file:../money", "file:/srv/money", "file:libs/gone", "file:.", "file:libs/my money"],
    ...["../money", "./libs/gone", "..", "/srv/money", "~/money", "link:../money"],
  ]) {
    const own = manifest({ dependencies: { money: version } });
    const folder = await written(t, { ...own, "server.js": "", "libs/my money/index.js": "" });
    assert.throws(
      () => shapeOf(folder),
      new RegExp(
        `the package money, ${version.replaceAll(".", "\\.")}: expected a file or folder in`,
      ),
    );
  }
});

test("a Node that the images do not have is named, whichever field of package.json asks for it", async (t) => {
  for (const [content, what] of [
    [{ engines: { node: "^22.0.0" } }, '"engines" asks for Node \\^22\\.0\\.0'],
    [{ devEngines: { runtime: { name: "node", version: "22" } } }, '"devEngines" asks for Node 22'],
    [{ devEngines: { runtime: [{ name: "bun" }] } }, '"devEngines" asks for bun'],
  ] as const) {
    const folder = await written(t, { ...manifest(content), "server.js": "" });
    const lines = toDos(folder, shapeOf(folder));
    assert.match(lines.join("\n"), new RegExp(`^Node: ${what}, and the images have Node 26`, "m"));
  }
  for (const [onFail, refuses] of [
    [undefined, true],
    ["error", true],
    ["download", true],
    ["warn", false],
    ["ignore", false],
  ] as const) {
    // Of several, npm does what the last one says.
    const runtime = [{ name: "bun" }, { name: "node", version: "22", onFail }];
    const folder = await written(t, {
      ...manifest({ devEngines: { runtime } }),
      "server.js": "",
    });
    const lines = toDos(folder, shapeOf(folder)).join("\n");
    assert.match(lines, /^Node: "devEngines" asks for bun or Node 22, .* gateway needs/m);
    assert.equal(/npm refuses to install/.test(lines), refuses, `${onFail}`);
  }
  for (const content of [
    { engines: { node: ">=20" }, devEngines: { runtime: { name: "node", version: ">=22" } } },
    { devEngines: { runtime: [{ name: "bun" }, { name: "node", version: "^26.0.0" }] } },
    { devEngines: { runtime: { name: "node" } } },
  ]) {
    const folder = await written(t, { ...manifest(content), "server.js": "" });
    assert.doesNotMatch(toDos(folder, shapeOf(folder)).join("\n"), /^Node:/m);
  }
});

test("the files of pnpm's patches are read by pnpm, and those that no image can have are refused", async (t) => {
  const patch = "patches/@acme__is-odd@3.0.1.patch";
  const patched = { patchedDependencies: { "@acme/is-odd": patch } };
  const files = { "server.js": "", "pnpm-lock.yaml": "", [patch]: "" };
  const settings = { "pnpm-workspace.yaml": JSON.stringify(patched) };
  for (const [application, manifests] of [
    [{ ...manifest({}), ...settings }, ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]],
    [manifest({ pnpm: patched }), ["package.json", "pnpm-lock.yaml"]],
  ] as const) {
    const { answers } = shapeOf(await written(t, { ...files, ...application }));
    assert.deepEqual(answers.manifests, [...manifests, patch]);
  }
  for (const path of ["patches/gone.patch", "../is-odd.patch", "patches", "patches/is odd.patch"]) {
    const settings = { patchedDependencies: { "is-odd": path } };
    const folder = await written(t, {
      ...{ ...files, ...manifest({}), "patches/is odd.patch": "" },
      "pnpm-workspace.yaml": JSON.stringify(settings),
    });
    assert.throws(() => shapeOf(folder), new RegExp(`patch of is-odd, ${path}: expected a file`));
  }
});

test("what .npmrc takes from variables is left to the owner", async (t) => {
  const files = { ...manifest({}), "server.js": "" };
  const folder = await written(t, {
    ...files,
    // Of NPM_PROXY, npm takes nothing where it is not there.
    ".npmrc": `# registry=\${OLD}
  ; registry=\${OLDER}
registry=https://\${NPM_HOST}/
//\${NPM_HOST}/:_authToken=\${NPM_TOKEN}
proxy=\${NPM_PROXY?}
`,
  });
  assert.match(
    toDos(folder, shapeOf(folder)).join("\n"),
    /^\.npmrc: it reads NPM_HOST, NPM_TOKEN, NPM_PROXY, which /m,
  );
  await writeFile(join(folder, ".npmrc"), `# registry=\${OLD}\n`);
  assert.doesNotMatch(toDos(folder, shapeOf(folder)).join("\n"), /npmrc/);
});

/** What is refused, and why. */
const REFUSED: readonly (readonly [
  title: string,
  files: Application,
  entry: string,
  message: RegExp,
])[] = [
  [
    "a folder without package.json",
    {},
    "",
    /has no package\.json: DIR= is the folder of a Node application/,
  ],
  ["a package.json that is no JSON", { "package.json": "{" }, "", /package\.json cannot be read/],
  [
    "one that names no module",
    manifest({ scripts: { start: "fastify start app.js" } }),
    "",
    /\(fastify start app\.js\) names no module.*ENTRY=/,
  ],
  ["a module that is not there", manifest({}), "dist/x.js", /dist\/x\.js is not there/],
  [
    "a path that leads out",
    manifest({ scripts: { build: "true" } }),
    "../x.js",
    /expected a path in the folder/,
  ],
  [
    "a path that a shell would read",
    manifest({ scripts: { build: "true" } }),
    "a;b.js",
    /expected a path in the folder/,
  ],
  [
    "workspaces",
    manifest({ workspaces: ["a"] }),
    "",
    /has workspaces: an application must be installed by its own/,
  ],
  [
    "two lock files",
    { ...manifest({}), "yarn.lock": "", "package-lock.json": "" },
    "",
    /leave the one that counts/,
  ],
  [
    "a Yarn that is not known",
    { ...manifest({}), ".yarnrc.yml": "" },
    "",
    /only version 1 is known/,
  ],
  ["Next without a build", manifest({ dependencies: { next: "16" } }), "", /no script "build"/],
  [
    "Remix",
    manifest({ dependencies: { "@remix-run/node": "2" } }),
    "",
    /is not known: name the module/,
  ],
];

for (const [title, files, entry, message] of REFUSED) {
  test(`${title} is refused with the reason`, async (t) => {
    const folder = await written(t, files);
    assert.throws(() => shapeOf(folder, entry), message);
  });
}

test("a folder of a repository whose lock file is above is refused, and a repository of its own is not", async (t) => {
  const folder = await written(t, { ...manifest({}), "package-lock.json": "" });
  const inner = join(folder, "apps/web");
  await mkdir(inner, { recursive: true });
  await writeFile(join(inner, "package.json"), "{}");
  await writeFile(join(inner, "server.js"), "");
  assert.throws(() => shapeOf(inner), /is installed by .*package-lock\.json/);
  await mkdir(join(inner, ".git"));
  assert.equal(shapeOf(inner).answers.entry, "server.js");
});
