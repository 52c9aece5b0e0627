import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { writeFiles } from "../project/create.ts";
import { filesOf } from "../project/starter.ts";
import { runMake, temporaryFolder } from "../testing.ts";

type Variables = Readonly<Record<string, string>>;

interface Workflow {
  readonly jobs: {
    readonly deploy: {
      readonly env?: Variables;
      readonly steps: readonly { name?: string; run?: string; env?: Variables }[];
    };
  };
}

const { root } = openClone();

async function workflowIn(folder: string): Promise<Workflow> {
  return parse(await readFile(join(folder, ".github/workflows/deploy.yml"), "utf8"));
}

/** Runs the step that makes the file of secrets, in a checkout whose environment has this line. */
async function secretsStep(t: TestContext, line: string, SITE_SECRETS: string) {
  const { jobs } = await workflowIn(root);
  const step = jobs.deploy.steps.find(({ name }) => /SERVER_SECRETS/.test(name ?? ""));
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "environments"));
  await writeFile(
    join(folder, "environments/production.env"),
    `SERVER_HOST=203.0.113.7\n${line}\n`,
  );
  await writeFile(join(folder, "environments/vault"), "#!/bin/sh\n", { mode: 0o755 });
  const result = await run("bash", ["-e", "-c", step?.run ?? "exit 1"], {
    cwd: folder,
    env: { TO: "production", SITE_SECRETS },
  });
  return { ...result, folder };
}

test("GitHub's deploy makes the file that SERVER_SECRETS names, for its user alone", async (t) => {
  for (const line of ["SERVER_SECRETS=secret/of.shop", 'SERVER_SECRETS="secret/of.shop"']) {
    const { code, folder, output } = await secretsStep(t, line, "A=1\nB='x y'");
    assert.equal(code, 0, output);
    const file = join(folder, "secret/of.shop");
    assert.equal(await readFile(file, "utf8"), "A=1\nB='x y'\n");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  }
});

test("a program that SERVER_SECRETS names stays, and without the secret nothing is made", async (t) => {
  const program = await secretsStep(t, "SERVER_SECRETS=environments/vault", "A=1");
  assert.equal(program.code, 0);
  assert.equal(await readFile(join(program.folder, "environments/vault"), "utf8"), "#!/bin/sh\n");
  const none = await secretsStep(t, "SERVER_SECRETS=environments/x.secrets", "");
  assert.equal(none.code, 0);
  assert.equal(existsSync(join(none.folder, "environments/x.secrets")), false);
});

test("a secret that no line of the environment names is an error", async (t) => {
  const { code, output } = await secretsStep(t, "#SERVER_SECRETS=x", "A=1");
  assert.equal(code, 1);
  assert.match(output, /environments\/production\.env has no SERVER_SECRETS=file/);
});

/** What GitHub puts into the variables of a step. */
const INPUTS: Variables = {
  "${{ inputs.environment }}": "production",
  "${{ inputs.command }}": "rollback",
  "${{ inputs.release }}": "3",
};

async function assertMakeKnows(folder: string): Promise<void> {
  const { deploy } = (await workflowIn(folder)).jobs;
  const outputs: string[] = [];
  for (const { run: command = "", env = {} } of deploy.steps) {
    if (!command.startsWith("make ")) continue;
    const variables = Object.fromEntries(
      Object.entries({ ...deploy.env, ...env }).map(([name, value]) => [
        name,
        INPUTS[value] ?? value,
      ]),
    );
    const words = command.split(" ").slice(1);
    const filled = words.map((word) =>
      word.replace(/^"(.*)"$/, "$1").replace(/\$(\w+)/g, (_, name) => variables[name] ?? ""),
    );
    const { code, output } = await runMake(folder, ["--dry-run", ...filled], variables);
    assert.equal(code, 0, output);
    outputs.push(output);
  }
  assert.equal(outputs.length, 2);
  assert.match(outputs[1] ?? "", /(servers\/main\.ts|gatehouse) rollback/);
}

test("make does what the workflow asks it for", async () => {
  await assertMakeKnows(root);
});

test("in a project of one's own too", async (t) => {
  const folder = await temporaryFolder(t);
  const origin = { version: "1.2.3", name: "shop", app: "node" };
  await writeFiles(folder, filesOf(layout.templates, origin));
  await writeFile(join(folder, "package-lock.json"), "");
  await assertMakeKnows(folder);
});
