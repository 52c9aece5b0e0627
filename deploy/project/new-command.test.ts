import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Problem } from "../problem.ts";
import { temporaryFolder } from "../testing.ts";
import { newProject } from "./new-command.ts";

/** What is refused, with the message; all of them before anything is built or written. */
const REFUSED: readonly (readonly [name: string, app: string, message: RegExp])[] = [
  ["Shop", "hono", /NAME=Shop: expected small letters/],
  ["shop", "rails", /APP=rails: expected express or fastify or hono or nest or next or node/],
];

for (const [name, app, message] of REFUSED) {
  test(`NAME=${name} APP=${app} is refused, and nothing is written`, async (t) => {
    const dir = join(await temporaryFolder(t), "shop");
    await assert.rejects(newProject({ dir, name, app }), (error: Problem) => {
      assert.match(error.message, message);
      return error.exitCode === 64;
    });
    assert.equal(existsSync(dir), false);
  });
}

test("a folder with something in it is refused, and stays as it is", async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(join(dir, "mine"), "");
  await assert.rejects(
    newProject({ dir, name: "shop", app: "hono" }),
    /is not empty \(mine\): name a folder that does not exist yet/,
  );
  assert.deepEqual(await readdir(dir), ["mine"]);
});

test("without a terminal, what is missing is said", async () => {
  await assert.rejects(
    newProject({ dir: "", name: "", app: "" }),
    /DIR= is missing: make new DIR=/,
  );
});
