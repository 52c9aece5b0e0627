import assert from "node:assert/strict";
import { test } from "node:test";
import { DEVIATIONS, type Deviation } from "./deviations.ts";
import { faultOf } from "./judge.ts";
import { nameOf, OtherStatus } from "./row.ts";
import { TOPICS } from "./topics/index.ts";

const result = (failure?: Error) => ({ row: "topic/row", subject: "nginx" as const, failure });
const deviation = (isKnown: Deviation["isKnown"], mayPass = false): Deviation => ({
  ...{ subject: "nginx", reason: "the reason", rows: ["topic/row"], isKnown, mayPass },
});
const known = deviation(({ message }) => message === "no Age");
const otherStatus = deviation((failure) => failure instanceof OtherStatus);

test("without a deviation a pass is fine, and a failure is a fault", () => {
  assert.equal(faultOf(result(), undefined), undefined);
  assert.match(faultOf(result(new Error("broken")), undefined) ?? "", /broken/);
});

test("only the known failure is excused, not any other error of that row", () => {
  assert.equal(faultOf(result(new Error("no Age")), known), undefined);
  const other = faultOf(result(new Error("connect ECONNREFUSED")), known) ?? "";
  assert.match(other, /fails, but not as in deviations\.ts .*connect ECONNREFUSED/);
});

test("another status is excused where that is known, a request that was let through is not", () => {
  assert.equal(faultOf(result(new OtherStatus("status 400")), otherStatus), undefined);
  assert.notEqual(faultOf(result(new Error("it reached the application")), otherStatus), undefined);
});

test("a deviation that is gone is a fault, so that the table stays true", () => {
  assert.match(faultOf(result(), known) ?? "", /^passes: remove the row/);
});

test("a row with a race may pass or fail in the known way, and in no other way", () => {
  const race = deviation(({ message }) => message === "ECONNRESET", true);
  assert.equal(faultOf(result(), race), undefined);
  assert.equal(faultOf(result(new Error("ECONNRESET")), race), undefined);
  assert.notEqual(faultOf(result(new Error("status 500")), race), undefined);
});

test("no deviation excuses an error of the test itself", () => {
  for (const { reason, rows, isKnown } of DEVIATIONS) {
    for (const message of [
      "connect ECONNREFUSED 127.0.0.1:8080",
      "no result within 60000 ms",
      "container web-1 has no address on the network back",
      "Cannot read properties of undefined (reading 'status')",
    ]) {
      assert.equal(isKnown(new Error(message)), false, `${reason}: ${rows[0]}: ${message}`);
    }
  }
});

test("every deviation names rows that exist, each once", () => {
  const rows = new Set(TOPICS.flatMap((topic) => topic.rows.map((row) => nameOf(topic, row))));
  const named = DEVIATIONS.flatMap((each) => each.rows);
  assert.deepEqual(
    named.filter((name) => !rows.has(name)),
    [],
  );
  assert.equal(new Set(named).size, named.length);
});
