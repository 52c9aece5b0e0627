import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { valuesOf } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { Journal, KEPT } from "./journal.ts";
import type { Release } from "./release.ts";

const releaseOf = (digit: number): Release => ({
  app: `app:${String(digit).repeat(12)}`,
  web: "web:aaaaaaaaaaaa",
  module: "services/app/gateway.ts",
  edge: "web",
});

/** The journal of a new clone, and a way to write and read it again. */
async function newJournal(t: Parameters<typeof temporaryClone>[0]) {
  const clone = await temporaryClone(t);
  const settings = valuesOf({
    text: "",
    file: {},
    applicationText: "",
    own: { COMPOSE_PROJECT_NAME: "site" },
  });
  const open = () => Journal.open({ clone, settings });
  const deploy = async (digit: number): Promise<void> => {
    const journal = await open();
    const release = releaseOf(digit);
    const number = journal.numberOf(release);
    await journal.add({ command: "deploy", outcome: "done", number, release, seconds: 1 });
  };
  return { open, deploy };
}

test("each other release has the next number, and the same one again has its own", async (t) => {
  const { open, deploy } = await newJournal(t);
  for (const digit of [1, 2, 2]) await deploy(digit);
  const { releases } = await open();
  assert.deepEqual(
    releases.map(({ number }) => number),
    [1, 2],
  );
});

test("after a rollback the earlier release is the one that runs, and a later deploy has a new number", async (t) => {
  const { open, deploy } = await newJournal(t);
  for (const digit of [1, 2]) await deploy(digit);
  await (await open()).add({
    ...{ command: "rollback", outcome: "done", number: 1, seconds: 1 },
    release: releaseOf(1),
  });
  assert.deepEqual(
    (await open()).releases.map(({ number }) => number),
    [2, 1],
  );
  await deploy(3);
  assert.equal((await open()).current?.number, 3);
  assert.equal((await open()).numberOf(releaseOf(2)), 2);
});

test("a refused deploy is in the journal, and is no release", async (t) => {
  const { open, deploy } = await newJournal(t);
  await deploy(1);
  await (await open()).add({ command: "up", outcome: "refused", seconds: 2, reason: "no heart" });
  const journal = await open();
  assert.equal(journal.current?.number, 1);
  assert.equal(journal.entries.at(-1)?.reason, "no heart");
  assert.ok(journal.entries.every(({ by, at }) => by !== "" && !Number.isNaN(Date.parse(at))));
});

test("the last five releases are kept", async (t) => {
  const { open, deploy } = await newJournal(t);
  for (let digit = 1; digit <= KEPT + 2; digit += 1) await deploy(digit);
  assert.deepEqual(
    (await open()).kept.map(({ number }) => number),
    [3, 4, 5, 6, 7],
  );
});

test("a line that was cut short is left out, and does not harm the next", async (t) => {
  const { open, deploy } = await newJournal(t);
  await deploy(1);
  await appendFile((await open()).file, '{"at":"2026-');
  assert.equal((await open()).current?.number, 1);
  await deploy(2);
  assert.equal((await open()).current?.number, 2);
});

test("a number is given once, also where the line of a release is lost", async (t) => {
  const { open, deploy } = await newJournal(t);
  for (const digit of [1, 2, 3]) await deploy(digit);
  const { file } = await open();
  const [first, , third] = (await readFile(file, "utf8")).split("\n");
  await writeFile(file, `${first}\n${third}\n`);
  assert.equal((await open()).numberOf(releaseOf(4)), 4);
});

test("a release of before there were background jobs is the same as one without any", async (t) => {
  const { open, deploy } = await newJournal(t);
  await deploy(1);
  const journal = await open();
  assert.equal(journal.numberOf({ ...releaseOf(1), jobs: "", schedule: "" }), 1);
  assert.equal(journal.numberOf({ ...releaseOf(1), jobs: "services/app/jobs.ts" }), 2);
});
