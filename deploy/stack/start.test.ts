import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { temporaryFolder } from "../testing.ts";

const START = JSON.stringify(new URL("./start.ts", import.meta.url).href);

/** What a start says of its failure, and the commands for a Docker that responds with these lines of a shell's case. */
async function started(t: TestContext, ...answers: readonly string[]) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "bin"));
  const log = join(folder, "log");
  const docker = `#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
${answers.map((answer) => `${answer};;\n`).join("")}
"compose config"*) printf 'app\\nmail\\n';;
esac
`;
  await writeFile(join(folder, "bin/docker"), docker, { mode: 0o755 });
  const script = `
    import { startOrUndo } from ${START};
    const stack = { clone: { root: ${JSON.stringify(folder)} }, settings: { project: "shop", app: "app.ts" } };
    await startOrUndo(stack, () => {}).then(
      () => console.log("it runs"),
      ({ message, exitCode }) => console.log(message, exitCode),
    );
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...process.env, LOG: log, PATH: `${folder}/bin:${process.env.PATH}` },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: stretched(10_000),
  });
  const [said, exit] = [text(child.stdout), once(child, "exit")];
  return { said: await said, exit: await exit, commands: await readFile(log, "utf8") };
}

test("a configuration that Compose refuses ends the start", async (t) => {
  const { said, exit } = await started(
    t,
    '"compose config"*) echo "app.env not found" >&2; exit 14',
  );
  assert.equal(said, "docker compose refuses the configuration: app.env not found 1\n");
  assert.deepEqual(exit, [0, null]);
});

const DOWN = /^compose down --remove-orphans$/m;

test("Ctrl-C while an accessory starts starts no other one and no site", async (t) => {
  const { said, commands } = await started(
    t,
    '"compose config"*) printf "app\\\\nmail\\\\nqueue\\\\n"',
    '"compose up"*mail) kill -INT $PPID; exec sleep 60',
  );
  assert.equal(said, "stopped by SIGINT 130\n");
  assert.equal(commands.match(/^compose up/gm)?.length, 1, commands);
  assert.match(commands, DOWN);
});

test("Ctrl-C while an accessory is not healthy yet starts no site", async (t) => {
  const { said, commands } = await started(
    t,
    '"compose up"*mail) touch "$LOG.up"',
    '"ps "*) test -e "$LOG.up" || exit 0; kill -INT $PPID; printf "1\\tmail\\t1\\trunning\\tUp (health: starting)\\t\\n"',
  );
  assert.equal(said, "stopped by SIGINT 130\n");
  assert.equal(commands.match(/^compose up/gm)?.length, 1, commands);
  assert.match(commands, DOWN);
});

test("Ctrl-C at the end of a start takes the site down", async (t) => {
  const { said, commands } = await started(t, '"compose up"*--wait*) kill -INT $PPID');
  assert.equal(said, "stopped by SIGINT 130\n");
  assert.match(commands, DOWN);
});
