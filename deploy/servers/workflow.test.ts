import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";

interface Workflow {
  readonly jobs: {
    readonly deploy: { readonly steps: readonly { name?: string; run?: string }[] };
  };
}

/** Runs the step that makes the file of secrets, in a checkout whose environment has this line. */
async function secretsStep(t: TestContext, line: string, SITE_SECRETS: string) {
  const file = join(openClone().root, ".github/workflows/deploy.yml");
  const { jobs }: Workflow = parse(await readFile(file, "utf8"));
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
