import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openClone } from "./clone.ts";
import { ON_SERVERS } from "./servers/commands.ts";
import { runMake } from "./testing.ts";

const { root } = openClone();

/** What make would do in a clone, without doing it. */
const dryRun = (...words: string[]) => runMake(root, ["--dry-run", ...words]);

async function assertRefused(words: readonly string[], why: RegExp): Promise<void> {
  const { code, output } = await dryRun(...words);
  assert.notEqual(code, 0, output);
  assert.match(output, why);
  assert.doesNotMatch(output, /docker|deploy\/[a-z]+\.ts/);
}

test("TO= that is no number is an environment, whatever it begins with", async () => {
  for (const TO of ["production", "2nd", "2-eu", "v2"]) {
    for (const target of ["restore", "deploy", "backup", "rollback", "ps"]) {
      const { output } = await dryRun(target, `TO=${TO}`);
      assert.match(output, new RegExp(`deploy/servers/main\\.ts ${target}`), `${target} TO=${TO}`);
    }
    await assertRefused(["down", "VOLUMES=1", `TO=${TO}`], /make down has no TO=/);
  }
});

test("a number is a release, for rollback alone", async () => {
  assert.match((await dryRun("rollback", "TO=12")).output, /node deploy\/rollback\.ts/);
  for (const target of ["restore", "deploy", "down", "ps", "server"]) {
    await assertRefused(
      [target, "TO=12"],
      /TO=12 is the number of a release, which only make rollback/,
    );
  }
});

test("an empty TO= is not this machine: the name of a variable may be misspelt", async () => {
  await assertRefused(["down", "VOLUMES=1", "TO="], /TO= is empty/);
});

test("without TO= everything is here", async () => {
  assert.match((await dryRun("restore")).output, /node deploy\/restore\.ts/);
});

test("the names of what stands on the command line reach the commands on servers", async () => {
  const { output } = await dryRun("deploy", "TO=production", "REPLICAS=4", "MESSAGE=a b");
  const [, given = ""] = /GIVEN="([^"]*)"/.exec(output) ?? [];
  assert.deepEqual(given.split(/ +/).sort(), ["MESSAGE", "REPLICAS", "TO"]);
});

for (const name of ["Makefile", "templates/common/Makefile", "templates/adopted/common/Makefile"]) {
  test(`the commands with TO= of ${name} are those that have a program for it, and no other`, () => {
    const text = readFileSync(join(root, name), "utf8").replaceAll("\\\n", "");
    const [, words = ""] = /^ON_SERVERS = (.*)$/m.exec(text) ?? [];
    assert.deepEqual(words.split(/\s+/).sort(), ["server", ...ON_SERVERS].sort());
  });
}

test("a command that has no TO=, or is misspelt, is refused with those that have it", async () => {
  for (const target of ["down", "deplyo"]) {
    const why = `make ${target} has no TO=; these commands have it: server .* psql`;
    await assertRefused([target, "TO=production"], new RegExp(why));
  }
});

test("each command with TO= has a target", async () => {
  for (const name of ["server", ...ON_SERVERS]) {
    const { code, output } = await dryRun(name, "TO=production");
    assert.equal(code, 0, output);
  }
});
