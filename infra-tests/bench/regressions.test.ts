import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChainName } from "./chains/table.ts";
import { figuresOfPage } from "./figures.ts";
import { compare, ratiosOf } from "./regressions.ts";
import type { Round } from "./results.ts";
import { results, round, rowOf, run } from "./testing.ts";

const row = (chain: ChainName, ...rounds: readonly Round[]) => rowOf("plain", chain, ...rounds);

test("a row is the medians of its rounds, and the spread of their sums", () => {
  const [figures] = figuresOfPage(
    run(row("ours", round(1, 9), round(3, 17), round(2, 8))),
    "plain",
  );
  assert.equal(figures?.tiers.edge.total, 2);
  assert.equal(figures?.tiers.app.total, 9);
  assert.equal(figures?.cost, 10);
  assert.equal(figures?.spread, 0.5);
});

test("ours is compared with whole chains, and its edge with other edges before its replicas", () => {
  const ratios = ratiosOf(
    run(row("ours", round(100, 200)), row("twin", round(50, 200)), row("pm2", round(50, 100))),
  );
  assert.deepEqual(
    ratios.map(({ against, part, value }) => [against, part, value]),
    [
      ["twin", "edge", 2],
      ["pm2", "chain", 2],
    ],
  );
});

const recorded = results(run(row("ours", round(100, 200)), row("pm2", round(50, 100))));

test("a machine that is half as fast changes no ratio", () => {
  const slower = results(run(row("ours", round(200, 400)), row("pm2", round(100, 200))));
  assert.deepEqual(compare(recorded, slower, 0.25), [
    {
      name: "plain text, logs on: our chain against nginx + PM2 + Express",
      ...{ recorded: 2, today: 2, worse: false },
    },
  ]);
});

test("a chain that costs more than the tolerance is worse", () => {
  const today = (app: number) =>
    compare(
      recorded,
      results(run(row("ours", round(100, app)), row("pm2", round(50, 100)))),
      0.25,
    ).map(({ worse }) => worse);
  assert.deepEqual(today(270), [false]);
  assert.deepEqual(today(280), [true]);
  assert.deepEqual(today(Number.NaN), [true]);
});

test("a run of which nothing is recorded checks nothing, and says so", () => {
  const others = results({
    ...run(row("ours", round(1, 1)), row("pm2", round(1, 1))),
    logs: "off",
  });
  assert.throws(() => compare(recorded, others, 0.25), /nothing was checked/);
});
