import assert from "node:assert/strict";
import { test } from "node:test";
import { stagesOf } from "./stages.ts";

const every = () => true;
const none = () => false;
const names = (suite: string, full: boolean, has = every) =>
  stagesOf(suite, full, has).stages.map(({ name }) => name);
const browserStories = (suite: string, full: boolean) =>
  names(suite, full).filter((name) => name.startsWith("e2e"));

test("a quick run of all suites has the smoke stories on a desktop", () => {
  assert.deepEqual(browserStories("all", false), [
    "e2e: the application's smoke stories in a browser, on a desktop",
    "e2e: the edge's smoke stories in a browser, on a desktop",
  ]);
});

test("a full run and a run of e2e alone have every story, on a desktop and on a phone", () => {
  const stories = [
    "e2e: every story of the application in a browser, on a desktop and on a phone",
    "e2e: every story of the edge in a browser, on a desktop and on a phone",
  ];
  assert.deepEqual(browserStories("all", true), stories);
  assert.deepEqual(browserStories("e2e", false), stories);
});

test("a run of all has every suite, and a run of one has that suite only", () => {
  const suites = (name: string) => [
    ...new Set(stagesOf(name, false, every).stages.map(({ suite }) => suite)),
  ];
  assert.deepEqual(suites("all").sort(), ["chain", "e2e", "load"]);
  assert.deepEqual(suites("load"), ["load"]);
});

test("an application without stories is fine, and it is said which are missing", () => {
  const { stages, without } = stagesOf("all", false, none);
  assert.deepEqual(
    stages.filter(({ stories }) => stories !== undefined),
    [],
  );
  assert.deepEqual(without, [
    "e2e: the application's smoke stories in a browser, on a desktop",
    "load: k6, the application's journeys",
    "chain: the application's stories",
  ]);
  assert.deepEqual(names("e2e", false, none), [
    "e2e: every story of the edge in a browser, on a desktop and on a phone",
  ]);
});

test("a run of load alone has the application's journeys, or those to the echo application", () => {
  assert.deepEqual(names("load", false), ["load: k6, the application's journeys"]);
  assert.deepEqual(names("load", false, none), ["load: k6, journeys with APP=examples/echo.ts"]);
});

test("an unknown suite is an error that lists the known ones", () => {
  assert.throws(() => stagesOf("smoke", false), /use chain, e2e, load or all/);
});
