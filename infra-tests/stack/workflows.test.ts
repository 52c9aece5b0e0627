import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { root } from "./clone.ts";

interface Job {
  readonly if?: string;
  readonly environment?: string;
  readonly steps: readonly {
    readonly run?: string;
    readonly env?: Readonly<Record<string, string>>;
  }[];
}

const DEPLOYS = [".github/workflows/deploy.yml", "templates/common/.github/workflows/deploy.yml"];
const textOf = (file: string) => readFileSync(join(root, file), "utf8");

for (const file of DEPLOYS) {
  test(`${file} uses its secrets for the default branch alone, and in an environment`, () => {
    const { jobs }: { readonly jobs: Readonly<Record<string, Job>> } = parse(textOf(file));
    for (const job of Object.values(jobs)) {
      if (!JSON.stringify(job).includes("secrets.")) continue;
      assert.equal(
        job.if,
        "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)",
      );
      assert.ok(job.environment);
    }
  });

  test(`${file} trusts no key that a server has just said itself`, () => {
    const lines = textOf(file).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.includes("ssh-keyscan") && !line.startsWith("#")),
      [],
    );
    assert.doesNotMatch(textOf(file), /StrictHostKeyChecking=(?:no|accept-new)/);
  });
}

test("the packages are installed before a step has a secret", () => {
  const { jobs }: { readonly jobs: { readonly deploy: Job } } = parse(textOf(DEPLOYS[0] ?? ""));
  const { steps } = jobs.deploy;
  const installs = steps.findIndex(({ run }) => run === "make packages");
  const first = steps.findIndex((step) => JSON.stringify(step).includes("secrets."));
  assert.ok(installs >= 0 && installs < first, `${installs}, ${first}`);
});
