import assert from "node:assert/strict";
import { test } from "node:test";
import { PLANS } from "./test-plans.ts";

const commands = (plan: string) => {
  const { checks = [], suites = [] } = PLANS[plan] ?? {};
  return [...checks, ...suites].map(({ command }) => command);
};

test("make prove runs every browser story, and every row of the contract", () => {
  assert.ok(commands("prove").includes("node infra-tests/main.ts all --full"));
  assert.ok(commands("prove").includes("node infra-tests/contract/main.ts"));
});

test("make prove runs the process tests and the measurements, make test does not", () => {
  for (const command of ["npm --silent run services", "npm --silent run measures"]) {
    assert.ok(commands("prove").includes(command), command);
    assert.ok(!commands("test").includes(command), command);
  }
});

test("make test runs lint, types, unit tests, hostile clients, the first run, the chain and the contract", () => {
  assert.deepEqual(commands("test"), [
    ...["npm --silent run lint", "npm --silent run types", "npm --silent run unit"],
    "node infra-tests/fuzz/main.ts 30 1",
    "node --test --test-concurrency=1 infra-tests/first-run/*.test.ts",
    "node infra-tests/main.ts all",
    "node infra-tests/contract/main.ts --quick",
  ]);
});

test("make check needs no image, and the others name the images of their tools", () => {
  const images = (plan: string) => PLANS[plan]?.suites.flatMap(({ images = [] }) => images);
  assert.deepEqual(images("check"), []);
  assert.deepEqual(images("e2e"), ["playwright"]);
  assert.deepEqual(images("test")?.toSorted(), ["k6", "nginx", "playwright"]);
});
