import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "./fault.ts";
import type { Sample } from "./samples.ts";
import { judge } from "./verdict.ts";

const SPAN = { begin: 10_000, end: 14_000 };

const fault = (bars: Partial<Fault["bars"]>): Fault => ({
  name: "a",
  title: "a",
  symptom: "a",
  survives: "a",
  todo: "a",
  seconds: 4,
  bars: { recovers: 1, slowest: 500, ...bars },
  begin: async () => {},
});

const sample = (more: Partial<Sample>): Sample => ({
  kind: "page",
  began: 11_000,
  ended: 11_050,
  status: 200,
  failed: false,
  note: undefined,
  ...more,
});

const failure = (more: Partial<Sample>) => sample({ status: 502, failed: true, ...more });

const missed = (bars: Partial<Fault["bars"]>, samples: Sample[], stored = new Map(), dropped = 0) =>
  judge(fault(bars), { samples, dropped }, SPAN, stored).missed;

test("a run without a failure holds", () => {
  assert.deepEqual(missed({}, [sample({})]), []);
});

test("a failed request of a kind that may not fail is a miss", () => {
  assert.deepEqual(missed({}, [failure({})]), ["1 page failed, at most 0 may"]);
  assert.deepEqual(missed({ mayFail: { post: "all" } }, [failure({})]).length, 1);
  assert.deepEqual(missed({ mayFail: { page: 1 } }, [failure({})]), []);
  assert.equal(missed({ mayFail: { page: 1 } }, [failure({}), failure({})]).length, 1);
  assert.deepEqual(missed({ mayFail: { page: "all" } }, [failure({}), failure({})]), []);
});

test("what fails long after the fault is a miss, though it may fail during it", () => {
  const late = failure({ began: 15_900, ended: 16_000 });
  const [why] = missed({ mayFail: { page: "all" } }, [late]);
  assert.equal(why, "failed until 2.0 s after it, at most 1 s");
  assert.deepEqual(missed({ mayFail: { page: "all" }, recovers: 2 }, [late]), []);
});

test("a slow page is a miss if it began during the fault; files and what began before are not pages of it", () => {
  const slow = { ended: 11_900 };
  assert.equal(missed({}, [sample(slow)])[0], "a page took 900 ms, at most 500");
  assert.deepEqual(missed({}, [sample({ ...slow, kind: "asset" })]), []);
  assert.deepEqual(missed({}, [sample({ began: 9_000, ended: 11_900 })]), []);
});

test("a request that did not begin is a miss", () => {
  assert.deepEqual(missed({}, [sample({})], new Map(), 3), ["3 requests did not begin"]);
});

test("an acknowledged POST is stored once; one that failed is stored once or not at all", () => {
  const post = sample({ kind: "post", note: "a-1", status: 201 });
  const broken = failure({ kind: "post", note: "a-2" });
  const bars = { mayFail: { post: "all" } } as const;
  assert.deepEqual(missed(bars, [post, broken], new Map([["a-1", 1]])), []);
  const both = new Map([
    ["a-1", 1],
    ["a-2", 1],
  ]);
  assert.deepEqual(missed(bars, [post, broken], both), []);
  assert.deepEqual(missed(bars, [post], new Map()), [
    "1 POSTs were acknowledged and are not stored",
  ]);
  assert.deepEqual(missed(bars, [broken], new Map([["a-2", 2]])), [
    "1 POSTs are stored more than once",
  ]);
});

test("p99 and the slowest are of the pages during the fault", () => {
  const samples = Array.from({ length: 200 }, (_, at) => sample({ ended: 11_000 + at + 1 }));
  const { p99, slowest } = judge(fault({}), { samples, dropped: 0 }, SPAN, new Map());
  assert.deepEqual([p99, slowest], [199, 200]);
});
