import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../../command.ts";
import { temporaryFolder } from "../../testing.ts";
import { writeFiles } from "../create.ts";
import { type Manager, placeholdersOf } from "./answers.ts";

const TOKEN = "only for this registry";
const ofNpm = Object.keys(process.env).filter((name) => /^npm_/i.test(name));
const LOCKS = { pnpm: "pnpm-lock.yaml", yarn: "yarn.lock" } as const;

/** A registry with one package, which a request must have the token for. Its program prints its arguments. */
async function privateRegistry(t: TestContext, name: Manager, version: string): Promise<string> {
  const folder = await temporaryFolder(t);
  const manifest = { name, version, bin: { [name]: "main.sh" } };
  await writeFiles(
    join(folder, "package"),
    new Map([
      ["package.json", JSON.stringify(manifest)],
      ["main.sh", '#!/bin/sh\necho "ours $*"\n'],
    ]),
  );
  const tar = await run("tar", ["-czf", "package.tgz", "package"], { cwd: folder });
  assert.equal(tar.code, 0, tar.output);
  const tarball = await readFile(join(folder, "package.tgz"));
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end();
    } else if (request.url === `/${name}`) {
      const dist = { tarball: `${address}package.tgz` };
      const versions = { [version]: { ...manifest, dist } };
      response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
    } else {
      response.end(tarball);
    }
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return address;
}

for (const [manager, version] of [
  ["pnpm", "10.1.0"],
  ["yarn", "1.22.1"],
] as const) {
  test(`${manager} itself comes from the application's registry, and its scripts run where npm is not wanted`, async (t) => {
    const registry = await privateRegistry(t, manager, version);
    const home = await temporaryFolder(t);
    const site = join(home, "site");
    await mkdir(join(home, "tmp"));
    // This registry is not there: a request to it means that the application's .npmrc was not read.
    await writeFile(join(home, ".npmrc"), "registry=http://127.0.0.1:9/\n");
    const manifests = ["package.json", LOCKS[manager], ".npmrc"];
    const files = new Map([
      [
        "package.json",
        JSON.stringify({
          devEngines: { packageManager: { name: manager, onFail: "error" } },
          scripts: { postinstall: "echo after", build: "echo built" },
        }),
      ],
      [".npmrc", `registry=${registry}\n${registry.slice(5)}:_authToken=${TOKEN}\n`],
    ]);
    const answers = { entry: "server.js", manager, manifests, build: "build", migrate: "" };
    const texts = placeholdersOf("node", answers);
    const said: string[] = [];
    for (const name of ["__install__", "__rebuild__", "__build__"]) {
      // As COPY brings them, before the packages and after them.
      if (name !== "__rebuild__") await writeFiles(site, files);
      // In the build /tmp is of the container.
      const command = texts[name]?.replaceAll("/tmp", join(home, "tmp")) ?? "false";
      const { code, output } = await run("sh", ["-c", command], {
        cwd: site,
        env: {
          // Of the npm that runs the tests.
          ...Object.fromEntries(ofNpm.map((each) => [each, undefined])),
          PATH: `${home}/bin:${process.env.PATH}`,
          ...{ HOME: home, npm_config_prefix: home, npm_config_audit: "false" },
          npm_config_fetch_retries: "0",
        },
      });
      assert.equal(code, 0, output);
      said.push(output);
    }
    assert.match(said[0] ?? "", /^ours install --frozen-lockfile .*--ignore-scripts/m);
    assert.match(said[1] ?? "", /^ours (rebuild|install --force --offline)/m);
    assert.match(said[2] ?? "", /^after[\s\S]*^built/m);
  });
}
