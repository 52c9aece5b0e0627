import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fields } from "@gatehouse/telemetry";
import { UpstreamError } from "../exchange/edge-error.ts";
import { AttemptLog } from "./attempt-log.ts";

test("a flood of requests that find no room is no flood of lines, and hides no other cause", () => {
  const lines: (Fields | undefined)[] = [];
  const logger = {
    info() {},
    error() {},
    warn: (_: string, line?: Fields) => void lines.push(line),
  };
  const log = new AttemptLog(logger);
  const fail = (code: "QUEUE_FULL" | "CLOSED_EARLY") => {
    const cause = new UpstreamError(code, "why");
    log.failed("id", "a", { cause, sent: false, received: false, kept: false, ranFor: 0 }, false);
  };
  for (let count = 0; count < 5000; count++) fail("QUEUE_FULL");
  assert.ok(lines.length >= 50 && lines.length < 500, `${lines.length} lines`);
  fail("CLOSED_EARLY");
  assert.equal(lines.at(-1)?.reason, "CLOSED_EARLY why");
});
