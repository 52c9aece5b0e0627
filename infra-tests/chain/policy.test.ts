import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { root } from "../stack/clone.ts";
import { exec } from "../stack/docker.ts";
import { useStack } from "../stack/shared-stack.ts";
import type { Stack } from "../stack/stack.ts";
import { breaches } from "./policy/rules.ts";
import { Source } from "./policy/source.ts";

const file = join(root, "compose.yaml");

/** Milliseconds that a service may need to stop, by its own settings in its container. */
async function drainOf(stack: Stack, service: string, folder: string, ...names: string[]) {
  const command = ["node", `/gatehouse/services/${folder}/main.ts`, "--print-config"];
  const { code, output } = await exec(await stack.container(service), command);
  assert.equal(code, 0, output);
  return names
    .map((name) => Number(new RegExp(`^${name}=(\\d+)`, "m").exec(output)?.[1]))
    .reduce((sum, value) => sum + value);
}

describe("compose.yaml", () => {
  test("keeps every rule of the policy in the model that Compose makes of it", async () => {
    const stack = await useStack();
    const config = ["compose", "--file", file, "--project-name", stack.project, "config"];
    const model = parse(execFileSync("docker", config, { cwd: root, encoding: "utf8" }));
    const gateway = ["GATEWAY_LAME_DUCK", "GATEWAY_GRACEFUL_TIMEOUT"];
    const drains = {
      app: await drainOf(stack, "app", "gateway", ...gateway),
      // Of the same image: without JOBS and SCHEDULE in .env it has no container of its own.
      jobs: await drainOf(stack, "app", "jobs", "JOBS_GRACEFUL_TIMEOUT"),
      web: await drainOf(stack, "web", "web", "WEB_GRACEFUL_TIMEOUT"),
    };
    assert.ok(drains.app > 0 && drains.web > 0, `drain times: ${JSON.stringify(drains)}`);
    const source = new Source("compose.yaml", readFileSync(file, "utf8"));
    const found = breaches(model, drains);
    assert.deepEqual(
      found.map((finding) => source.format(finding)),
      [],
    );
  });

  test("has no name of its own, so that two clones never clash", () => {
    assert.equal(parse(readFileSync(file, "utf8"), { merge: true }).name, undefined);
  });
});
