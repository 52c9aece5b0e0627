import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { run } from "./command.ts";
import { freePort, runnableClone } from "./testing.ts";

/** A docker command that behaves like these versions of the engine and of Compose. */
const docker = (engine: string, compose: string) => `#!/bin/sh
case "$*" in
  "version --format"*) ${engine} ;;
  "compose version"*) echo ${compose} ;;
  "buildx version") echo "github.com/docker/buildx v0.13.1 78843395" ;;
  *) exit 1 ;;
esac
`;

const stopped =
  'echo "Cannot connect to the Docker daemon at unix:///nonexistent. Is the docker daemon running?" >&2; exit 1';

const clone = await runnableClone({ after });

/** The result of a command of a clone on a machine where `docker` is this script, or missing. */
async function refusal(command: string, script?: string, more: Record<string, string> = {}) {
  const folder = join(clone.root, "bin");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  if (script !== undefined) await writeFile(join(folder, "docker"), script, { mode: 0o755 });
  const { code, stdout, stderr } = await run(
    process.execPath,
    [join(clone.root, "deploy", command)],
    {
      // A test must not install anything, even if this user may.
      env: { PATH: folder, INSTALL_ENGINE: "0", DOCKER_HOST: undefined, APP: undefined, ...more },
    },
  );
  return { code, stdout, stderr };
}

function assertUntouched(): void {
  assert.equal(existsSync(clone.envFile), false, ".env was left behind");
  assert.equal(existsSync(clone.secrets), false, "secrets/ was left behind");
}

test("make up without Docker prints one line: what is missing and how to get it", async () => {
  const { code, stderr } = await refusal("up.ts");
  assert.equal(code, 69);
  assert.match(stderr, /^gatehouse: Docker engine.* missing: .+\n$/);
  assertUntouched();
});

test("make up without a running daemon says so, and how to start it", async () => {
  const { code, stderr } = await refusal("up.ts", docker(stopped, "2.26.1"));
  assert.equal(code, 69);
  assert.match(stderr, /^gatehouse: the Docker daemon does not respond \(.+\): .+\n$/);
  assertUntouched();
});

test("make up with an old engine or Compose names its version and the version that it needs", async () => {
  const old = [
    [docker("echo 20.10.24", "2.26.1"), /^gatehouse: Docker engine 20\.10\.24 is too old, .+\n$/],
    [docker("echo 26.1.5", "2.17.0"), /^gatehouse: Docker Compose 2\.17\.0 is too old, .+\n$/],
  ] as const;
  for (const [script, line] of old) {
    const { code, stderr } = await refusal("up.ts", script);
    assert.equal(code, 69);
    assert.match(stderr, line);
    assertUntouched();
  }
});

test("make up with a bad .env says so before it checks the engine", async () => {
  const cases = [
    [
      "PUBLISH_HTP_PORT=8081\n",
      /^gatehouse: \.env:1: PUBLISH_HTP_PORT: no such setting; did you mean PUBLISH_HTTP_PORT\?\n$/,
    ],
    ["# my own\nREPLICAS=1000\n", /^gatehouse: \.env:2: REPLICAS="1000": expected a whole number/],
  ] as const;
  for (const [text, line] of cases) {
    await writeFile(clone.envFile, text);
    const { code, stderr } = await refusal("up.ts");
    assert.equal(code, 78);
    assert.match(stderr, line);
    assert.equal(stderr.trim().split("\n").length, 1);
    await rm(clone.envFile);
    assertUntouched();
  }
});

test("make doctor runs all checks and exits with the code of the first problem", async () => {
  // Free ports: the developer may have a stack running.
  const { code, stdout, stderr } = await refusal("doctor.ts", undefined, {
    PUBLISH_HTTP_PORT: String(await freePort()),
    PUBLISH_HTTPS_PORT: String(await freePort()),
  });
  assert.equal(code, 69);
  assert.equal(stderr, "");
  const firstWords = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/).slice(0, 2).join(" "));
  assert.deepEqual(
    new Set(firstWords),
    new Set([
      "ok settings",
      "problem engine",
      "ok ports",
      "- disk",
      "- images",
      "ok secrets",
      "ok files",
      "- database",
      "ok public",
    ]),
  );
  assertUntouched();
});

for (const command of ["canary.ts", "rollback.ts", "backup.ts", "restore.ts"]) {
  test(`${command} gives no program the password in DATABASE_URL`, async () => {
    const url = "postgres://site:s3cret@db.example.net/shop";
    await writeFile(clone.envFile, `DATABASE_URL=${url}\n`);
    // Compose would give the URL to the application, and each user who may inspect containers could read it.
    const said = join(clone.root, "said");
    await writeFile(said, "");
    const script = `#!/bin/sh
case "$*" in
  "version --format"*) echo 26.1.5 ;;
  "compose version"*) echo 2.26.1 ;;
  "buildx version") echo "github.com/docker/buildx v0.13.1 78843395" ;;
  "ps "*) for each in edge-port web; do printf '%s\\t%s\\t1\\trunning\\tUp\\t\\n' $each $each; done ;;
  *) read url < ${clone.envFile}; echo "$* $url $DATABASE_URL" >> ${said}; exit 1 ;;
esac
`;
    await refusal(command, script, { BACKUP: "latest", PERCENT: "10" });
    const calls = (await readFile(said, "utf8")).split("\n").filter((line) => line !== "");
    assert.deepEqual(
      calls.filter((line) => line.includes("s3cret")),
      [],
    );
    const [first] = (await readFile(clone.envFile, "utf8")).split("\n");
    assert.equal(first, "DATABASE_URL=postgres://site@db.example.net/shop");
    await rm(clone.envFile);
    await rm(clone.secrets, { recursive: true });
  });
}
