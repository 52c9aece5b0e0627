import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { bench } from "../bench.ts";
import type { ChainName } from "../chains/table.ts";
import { type Figures, figuresOfPage } from "../figures.ts";
import type { Results } from "../results.ts";

/** What the slow chain's application works longer for each request, in microseconds of processor time. */
const WORK = 2000;

describe("a chain whose application works two milliseconds longer for each request", () => {
  let found: Results;
  const figures = (chain: ChainName): Figures => {
    const [run] = found.runs;
    const one = run && figuresOfPage(run, "plain").find((each) => each.chain === chain);
    assert.ok(one, chain);
    return one;
  };

  before(async () => {
    found = await bench({
      ...{ chains: ["pm2", "slow"], pages: ["plain"], logs: ["on"] },
      ...{ rounds: 2, seconds: 2, waits: false, workers: 2 },
    });
  });

  test("is shown with that much more in the application's tier", () => {
    const more = figures("slow").tiers.app.total - figures("pm2").tiers.app.total;
    assert.ok(more > WORK * 0.9 && more < WORK * 2, `${more} us`);
  });

  test("is shown with that work as the user's time, not the kernel's", () => {
    const more = figures("slow").tiers.app.user - figures("pm2").tiers.app.user;
    assert.ok(more > WORK * 0.8, `${more} us`);
  });

  test("is shown with fewer requests in a second", () => {
    assert.ok(figures("slow").perSecond < figures("pm2").perSecond);
  });
});
