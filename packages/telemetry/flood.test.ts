import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Flood } from "./flood.ts";

test("so many lines are written at once, then so many a second, and the others are counted", () => {
  const flood = new Flood(10, 3);
  const at = (now: number) => flood.admit(now);
  assert.deepEqual([at(1000), at(1000), at(1000)], [0, 0, 0]);
  assert.deepEqual([at(1000), at(1050)], [undefined, undefined]);
  assert.equal(at(1100), 2);
  assert.equal(at(1100), undefined);
  assert.deepEqual([at(5000), at(5000)], [1, 0]);
});

test("a flood of malformed requests is no flood of lines, and each has an id all the same", () => {
  const source = `
    import { createLogger, logRefused } from "${import.meta.dirname}/logger.ts";
    const logger = createLogger("web", {});
    const ids = new Set();
    for (let count = 0; count < 5000; count++) {
      ids.add(logRefused(logger, { status: 400, reason: "no request" }, "192.0.2.1").join());
    }
    logger.info("ids", { count: ids.size });`;
  const flags = ["--input-type=module-typescript", "--eval", source];
  const output = execFileSync(process.execPath, flags, { encoding: "utf8" });
  const lines = output.trimEnd().split("\n");
  assert.equal(JSON.parse(lines.at(-1) ?? "").count, 5000);
  assert.ok(lines.length > 50 && lines.length < 1000, `${lines.length} lines`);
});
