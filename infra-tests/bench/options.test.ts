import assert from "node:assert/strict";
import { test } from "node:test";
import { OptionError, readOptions, readTolerance } from "./options.ts";

test("without a variable all chains are measured, but not the one that proves the harness", () => {
  const { chains, pages, rounds, logs } = readOptions({});
  assert.ok(chains.includes("ours") && chains.includes("pm2") && chains.includes("gunicorn"));
  assert.ok(!chains.includes("slow"));
  assert.ok(pages.includes("plain") && pages.includes("http2"));
  assert.equal(rounds, 5);
  assert.deepEqual(logs, ["on", "off"]);
});

test("chains and pages are chosen by their names, and keep their order", () => {
  const { chains, pages } = readOptions({ CHAINS: "pm2, ours", PAGES: "json,plain" });
  assert.deepEqual(chains, ["ours", "pm2"]);
  assert.deepEqual(pages, ["plain", "json"]);
});

test("the variables outrank the defaults of a short run", () => {
  const short = { chains: ["ours", "pm2"], rounds: 3, seconds: 2, logs: ["on"] } as const;
  const { chains, rounds, seconds, logs } = readOptions({ ROUNDS: "1", LOGS: "both" }, short);
  assert.deepEqual({ chains, rounds, seconds, logs }, { ...short, rounds: 1, logs: ["on", "off"] });
});

for (const [variable, value, words] of [
  ["CHAINS", "ours,apachee", /^CHAINS has "apachee": allowed is ours, twin, /],
  ["PAGES", "toString", /^PAGES has "toString": allowed is plain, json, /],
  ["LOGS", "toString", /^LOGS is "toString": allowed is on, off, both$/],
  ["ROUNDS", "0", /^ROUNDS is "0": allowed is a whole number from 1 to 9999$/],
  ["DURATION", "4s", /^DURATION is "4s": /],
  ["WORKERS", "many", /^WORKERS is "many": /],
] as const) {
  test(`${variable}=${value} is refused in one line that says what is allowed`, () => {
    assert.throws(
      () => readOptions({ [variable]: value }),
      (error) => {
        assert.ok(error instanceof OptionError);
        assert.match(error.message, words);
        return true;
      },
    );
  });
}

test("the tolerance is a percentage", () => {
  assert.equal(readTolerance({}), 0.25);
  assert.equal(readTolerance({ TOLERANCE: "10" }), 0.1);
});
