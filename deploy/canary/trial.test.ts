import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { temporaryFolder } from "../testing.ts";

const TRIAL = JSON.stringify(new URL("./trial.ts", import.meta.url).href);

/** A Docker that writes down its commands. It starts no container, until a signal ends it. */
const DOCKER = `#!/bin/sh
echo "$*" >> "$DOCKER_LOG"
case "$*" in "compose run"* | "compose up"*) echo starting; exec sleep 60;; esac
`;

/** What is said, and the commands for Docker, by work that a SIGINT stops while a container starts. */
async function stopped(t: Parameters<typeof temporaryFolder>[0], work: string) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin/docker"), DOCKER, { mode: 0o755 });
  const log = join(folder, "log");
  await writeFile(log, "");
  const script = `
    import { prepareFor, startCanary } from ${TRIAL};
    const stack = { clone: { root: ${JSON.stringify(folder)} }, settings: { project: "shop", app: "app.ts" } };
    const release = { app: "app:2", web: "web:1", module: "app.ts", edge: "web", jobs: "", schedule: "" };
    await ${work}.catch(({ message, exitCode }) => console.log(message, exitCode));
  `;
  const env = { ...process.env, DOCKER_LOG: log, PATH: `${folder}/bin:${process.env.PATH}` };
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, exit] = [text(child.stdout), once(child, "exit")];
  while (child.exitCode === null && !/^compose (run|up)/m.test(await readFile(log, "utf8"))) {
    await new Promise((done) => setTimeout(done, 20));
  }
  child.kill("SIGINT");
  return { said: await said, exit: await exit, told: await readFile(log, "utf8") };
}

test("Ctrl-C while a canary starts removes it", async (t) => {
  const start = '{ release, commit: "", percent: 10, host: "localhost" }';
  const { said, exit, told } = await stopped(t, `startCanary(stack, ${start}, () => {})`);
  assert.equal(said, "stopped by SIGINT 130\n");
  assert.deepEqual(exit, [0, null]);
  assert.match(
    told,
    /^compose run (?:.*\n)*stop shop-app-canary\nrm --force --volumes shop-app-canary$/m,
  );
});

test("Ctrl-C while its release migrates leaves the containers of the release that runs", async (t) => {
  const { said, told } = await stopped(t, "prepareFor(stack, release, () => {})");
  assert.equal(said, "stopped by SIGINT 130\n");
  assert.match(
    told,
    /^compose up (?:.*\n)*compose create --no-build --no-recreate migrate assets$/m,
  );
  assert.doesNotMatch(told, /^compose up .* assets$/m);
});
