import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { readWalk, writeFiles } from "../../docs/walk.ts";
import { root } from "../stack/clone.ts";
import { envText, placeOf } from "../stack/environment.ts";
import { freePorts } from "../stack/ports.ts";
import { newProjectName, removeProject } from "../stack/projects.ts";

/** What belongs to one clone only, or what npm installs anew. */
const LEFT_OUT = [".cache", ".dev", ".env", ".git", "node_modules", "reports", "secrets"];

let clone = "";
const project = newProjectName();

/** Runs a command of the page in the clone, as its reader would. */
async function type(command: string): Promise<void> {
  const shell = spawn("sh", ["-c", `${command} 2>&1`], {
    cwd: clone,
    // A clone has its own compiled code, and the shell of its reader has none of our variables.
    env: { ...process.env, NODE_COMPILE_CACHE: "", NODE_TEST_CONTEXT: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([text(shell.stdout), once(shell, "close")]);
  assert.equal(shell.exitCode, 0, `${command}:\n${output.split("\n").slice(-80).join("\n")}`);
}

/** `make dev` goes on until Ctrl-C. */
async function develop(command: string): Promise<void> {
  const dev = spawn("sh", ["-c", `exec ${command}`], {
    cwd: clone,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  try {
    for await (const line of createInterface({ input: dev.stdout })) {
      lines.push(line);
      const [, site] = /the site .*(http:\/\/127\.0\.0\.1:\d+\/)/.exec(line) ?? [];
      if (site === undefined) continue;
      assert.match(await (await fetch(site)).text(), /<h1>Guest book<\/h1>/);
      return;
    }
    assert.fail(lines.join("\n"));
  } finally {
    if (dev.pid !== undefined && dev.exitCode === null) {
      process.kill(-dev.pid, "SIGINT");
      await once(dev, "close");
    }
  }
}

const nothing = async () => {};

/** Each command of the page, and what this test does in its place. */
const COMMANDS: Readonly<Record<string, (command: string) => Promise<void>>> = {
  // `before` has done it.
  "git clone <this repository> mine && cd mine": nothing,
  "git rm -rq services/app": type,
  "rm -rf services/app": type,
  "npm install": type,
  "make dev": develop,
  "make check": type,
  "make up": type,
  "make e2e": type,
  // `make prove` runs the same tests without the sample's, just before.
  "make services": nothing,
  "make test": nothing,
};

before(async () => {
  clone = await mkdtemp(join(tmpdir(), "gatehouse-walk-"));
  // As root, the Postgres of make dev runs as another user, who must be able to enter.
  await chmod(clone, 0o755);
  await cp(root, clone, {
    recursive: true,
    filter: (source) => !LEFT_OUT.some((name) => source === join(root, name)),
  });
  await writeFile(join(clone, ".env"), envText(placeOf(project, await freePorts())));
  await type("git init --quiet && git add --all");
  await type("git -c user.name=reader -c user.email=reader@example.org commit --quiet -m clone");
});

after(async () => {
  await removeProject(project);
  await rm(clone, { recursive: true, force: true });
});

for (const step of await readWalk()) {
  if ("file" in step) {
    test(`the reader writes ${step.file}`, () => writeFiles(clone, [step]));
    continue;
  }
  for (const command of step.commands) {
    test(`the reader types ${command}`, async () => {
      const run = COMMANDS[command];
      assert.ok(run, "this test must say what it does for it");
      await run(command);
    });
  }
}
