import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { parseEnv } from "node:util";
import { APPLICATIONS } from "../../deploy/project/adopted/testing.ts";
import { writeFiles } from "../../deploy/project/create.ts";
import { linkPackages } from "../../deploy/testing.ts";
import { stepsOf } from "../../docs/walk.ts";
import { root } from "../stack/clone.ts";
import { call } from "../stack/http.ts";
import { freePorts } from "../stack/ports.ts";
import { removeProject } from "../stack/projects.ts";

/** What belongs to one clone only, or is linked. */
const LEFT_OUT = [".cache", ".dev", ".env", ".git", "node_modules", "reports", "secrets"];

const steps = stepsOf(await readFile(join(root, "docs/adopt.md"), "utf8"));
const [http, https] = await freePorts();
let folder = "";
/** Where the reader is. */
let here = "";

/** Runs a line of the page in a shell. @returns what it printed */
async function type(line: string): Promise<string> {
  if (line.startsWith("cd ")) {
    here = join(here, line.slice(3));
    return "";
  }
  const who = { GIT_AUTHOR_NAME: "reader", GIT_AUTHOR_EMAIL: "reader@example.org" };
  const shell = spawn("sh", ["-c", `${line} 2>&1`], {
    cwd: here,
    env: {
      ...process.env,
      ...{ NODE_COMPILE_CACHE: "", NODE_TEST_CONTEXT: "", PUBLISH_HTTP_PORT: String(http) },
      ...{ ...who, GIT_COMMITTER_NAME: "reader", GIT_COMMITTER_EMAIL: "reader@example.org" },
      PUBLISH_HTTPS_PORT: String(https),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([text(shell.stdout), once(shell, "close")]);
  assert.equal(shell.exitCode, 0, `${line}:\n${output.split("\n").slice(-80).join("\n")}`);
  return output;
}

/** What the page promises after a line. */
const PROMISED: Readonly<Record<string, (output: string) => Promise<void>>> = {
  "make adopt DIR=../shop": async (output) => {
    assert.match(output, /Express 4, by bin\/www/);
    assert.match(output, /^For you to do, or to look at:$/m);
    assert.match(output, /^ {2}- database: /m);
  },
  "make up": async () => {
    assert.match((await call(`http://127.0.0.1:${http}/`)).text, /<h1>Old shop<\/h1>/);
  },
  "make deploy": async () => {
    const { secret } = JSON.parse((await call(`http://127.0.0.1:${http}/secret`)).text);
    assert.equal(secret, "mine");
  },
  // Settings are no part of a release (docs/deploys.md): its number stays.
  "make releases": async (output) => assert.match(output, /^\* +1 .* before$/m),
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-walk-"));
  await chmod(folder, 0o755);
  here = join(folder, "gatehouse");
  await cp(root, here, {
    recursive: true,
    preserveTimestamps: true,
    filter: (source) => !LEFT_OUT.some((name) => source === join(root, name)),
  });
  await linkPackages(here);
  const application = Object.entries(APPLICATIONS["Express 4 in JavaScript"]);
  await writeFiles(join(folder, "shop"), new Map(application));
  await type("git -C ../shop init --quiet && git -C ../shop add --all");
  await type("git -C ../shop commit --quiet --message before");
});

after(async () => {
  const env = await readFile(join(folder, "shop/gatehouse/.env"), "utf8").catch(() => "");
  const { COMPOSE_PROJECT_NAME: project } = parseEnv(env);
  if (project) await removeProject(project);
  await rm(folder, { recursive: true, force: true });
});

for (const step of steps) {
  const lines = "commands" in step ? step.commands : [];
  for (const line of lines) {
    test(`the reader types ${line}`, async () => {
      const output = await type(line);
      await PROMISED[line]?.(output);
    });
  }
}

test("the page has every line that this test knows a promise of", () => {
  const lines = steps.flatMap((step) => ("commands" in step ? step.commands : []));
  for (const line of Object.keys(PROMISED)) assert.ok(lines.includes(line), line);
});
