import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "./testing.ts";

/** Runs `make logs`' program with a docker that does this. */
async function logs(t: TestContext, docker: string, env: Record<string, string> = {}) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "docker"), `#!/bin/sh\n${docker}\n`, { mode: 0o755 });
  const child = spawn(process.execPath, [join(import.meta.dirname, "logs.ts")], {
    env: { ...process.env, NO_COLOR: "1", ...env, PATH: `${folder}:${process.env.PATH}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  return { child, closed: once(child, "close") };
}

test("what an application or a visitor writes moves no cursor, and is no line of another container", async (t) => {
  const { child, closed } = await logs(
    t,
    "printf 'app-1  | GET /\\033[2J\\033]0;title\\007\\n'; printf 'app-1  | one\\rweb-1  | two\\ndb-1   | gr\\303\\266\\303\\237er'",
  );
  assert.equal(
    await text(child.stdout),
    "app-1  | GET /\\u001b[2J\\u001b]0;title\\u0007\napp-1  | one\\u000dweb-1  | two\ndb-1   | größer\n",
  );
  assert.deepEqual(await closed, [0, null]);
});

test("what Compose writes for a terminal that shows its progress is not shown as text", async (t) => {
  const { child } = await logs(
    t,
    "printf '\\033[2Kapp-1  | one\\033[2K\\n\\033[2Kweb-1  | two\\n'",
  );
  assert.equal(await text(child.stdout), "app-1  | one\\u001b[2K\nweb-1  | two\n");
});

test("each container's name has a colour of its own on a terminal", async (t) => {
  const colors = { NO_COLOR: "", FORCE_COLOR: "1" };
  const { child } = await logs(t, "echo 'app-1  | x'; echo 'web-1  | y'", colors);
  assert.equal(
    await text(child.stdout),
    "\x1b[36mapp-1  | \x1b[39mx\n\x1b[33mweb-1  | \x1b[39my\n",
  );
});

test("its exit code is docker's, and Ctrl-C ends both", async (t) => {
  const { closed } = await logs(t, "exit 14");
  assert.deepEqual(await closed, [14, null]);
  const following = await logs(t, "echo 'app-1  | x'; exec sleep 60");
  await once(following.child.stdout, "data");
  following.child.stdout.resume();
  following.child.kill("SIGINT");
  assert.deepEqual(await following.closed, [130, null]);
});

test("without docker that is said, with the exit code for what is not there", async (t) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "logs.ts")], {
    env: { ...process.env, PATH: await temporaryFolder(t) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, closed] = [text(child.stderr), once(child, "close")];
  assert.equal(await said, "gatehouse: there is no program docker\n");
  assert.deepEqual(await closed, [69, null]);
});
