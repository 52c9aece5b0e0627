import assert from "node:assert/strict";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import type { Connection } from "./connection.ts";
import type { Environment } from "./environment.ts";
import { folderStep } from "./prepare/user.ts";
import { readSite } from "./site.ts";

/** A server that is this machine, with an engine. */
const connection = {
  user: "deploy",
  run: (script: string) => run("sh", [], { input: `docker() { echo 26.1.5; }\n${script}` }),
} as unknown as Connection;

const project = (repository: string, folder: string): Environment =>
  ({
    ...{ name: "lab", folder },
    server: { folder: repository, user: userInfo().username },
  }) as Environment;

test("a second project of a repository is refused where the first one is deployed", async (t) => {
  const repository = await temporaryFolder(t);
  await run("git", ["-C", repository, "init", "--quiet"]);
  const shop = project(repository, join(repository, "sites/shop"));
  const blog = project(repository, join(repository, "blog"));
  /** Whether make server goes on, and whether a command does. */
  const refusals = async (environment: Environment) => {
    // What comes after it in the step is root's.
    const [guard = ""] = folderStep(environment).make.split("\ninstall ");
    const { code, stderr } = await run("sh", ["-c", `set -eu\n${guard}`]);
    const refused = await readSite(environment, connection).then(
      () => "",
      (problem: Error) => problem.message,
    );
    return [code === 0 ? "" : stderr.trim(), refused];
  };

  await mkdir(join(blog.folder, ".releases"), { recursive: true });
  assert.deepEqual((await refusals(shop))[1], "", "a lock alone: nothing was deployed");
  await mkdir(join(shop.folder, ".releases/toolsets"), { recursive: true });
  const why =
    /sites\/shop\/\.releases is of another project.*: each needs a SERVER_FOLDER of its own/;
  for (const refusal of await refusals(blog)) assert.match(refusal, why);
  assert.equal((await refusals(shop))[1], "");
  const whole = project(repository, repository);
  for (const refusal of await refusals(whole)) {
    assert.match(refusal, why);
    assert.match(
      refusal,
      /If it is this project.*move its \.releases, \.env, app\.env and secrets/,
    );
  }

  await rm(blog.folder, { recursive: true });
  await mkdir(blog.folder);
  for (const name of await readdir(shop.folder)) {
    await rename(join(shop.folder, name), join(blog.folder, name));
  }
  assert.equal((await refusals(blog))[1], "", "that is the way out");
});
