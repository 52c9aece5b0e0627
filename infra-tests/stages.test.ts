import assert from "node:assert/strict";
import { test } from "node:test";
import { stagesOf } from "./stages.ts";

const browserStories = (suite: string, full: boolean) =>
  stagesOf(suite, full).flatMap(({ suite, name }) => (suite === "e2e" ? [name] : []));

test("a quick run of all suites has the smoke stories on a desktop", () => {
  const smoke = ["e2e: the smoke stories in a browser, on a desktop"];
  assert.deepEqual(browserStories("all", false), smoke);
});

test("a full run and a run of e2e alone have every story, on a desktop and on a phone", () => {
  const every = ["e2e: every story in a browser, on a desktop and on a phone"];
  assert.deepEqual(browserStories("all", true), every);
  assert.deepEqual(browserStories("e2e", false), every);
});

test("a run of all has every suite, and a run of one has that suite only", () => {
  const suites = (name: string) => [...new Set(stagesOf(name, false).map(({ suite }) => suite))];
  assert.deepEqual(suites("all").sort(), ["chain", "e2e", "load"]);
  assert.deepEqual(suites("load"), ["load"]);
});

test("an unknown suite is an error that lists the known ones", () => {
  assert.throws(() => stagesOf("smoke", false), /use chain, e2e, load or all/);
});
