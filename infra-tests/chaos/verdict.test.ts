import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "./fault.ts";
import type { Sample } from "./samples.ts";
import { judge, LEAST } from "./verdict.ts";

const SPAN = { begin: 10_000, end: 14_000 };

const fault = (bars: Partial<Fault["bars"]>): Fault => ({
  name: "a",
  title: "a",
  symptom: "a",
  survives: "a",
  todo: "a",
  seconds: 4,
  bars: { recovers: 1, slowest: 500, ...bars },
  evidence: async () => async () => undefined,
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

const times = (count: number, began: number) =>
  Array.from({ length: count }, () => sample({ kind: "asset", began, ended: began + 5 }));

/** As many requests as a run must have. */
const ENOUGH = [
  ...times(LEAST.before, 9_000),
  ...times(LEAST.during, 11_000),
  ...times(LEAST.after, 15_000),
];

const seen = (samples: Sample[], stored = new Map(), dropped = 0) => ({
  run: { samples: [...ENOUGH, ...samples], dropped },
  span: SPAN,
  stored,
  evidence: "a container has ended",
});

const missed = (bars: Partial<Fault["bars"]>, samples: Sample[], stored = new Map(), dropped = 0) =>
  judge(fault(bars), seen(samples, stored, dropped)).missed;

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

test("a fault that nothing shows is a miss, whatever the counts", () => {
  const verdict = judge(fault({}), { ...seen([]), evidence: undefined });
  assert.deepEqual(verdict.missed, ["nothing shows that it was there"]);
});

test("what fails before the fault is a miss, also of a kind that may fail", () => {
  const early = failure({ began: 9_900, ended: 9_990 });
  assert.deepEqual(missed({ mayFail: { page: "all" } }, [early]), ["1 requests failed before it"]);
  const cut = failure({ began: 9_900, ended: 10_010 });
  assert.deepEqual(missed({ mayFail: { page: "all" } }, [cut]), []);
});

test("too few requests before, during or after the fault are a miss", () => {
  const run = { samples: [...times(3, 9_000), ...times(500, 11_000)], dropped: 0 };
  assert.deepEqual(judge(fault({}), { ...seen([]), run }).missed, [
    `3 requests before it, at least ${LEAST.before} must be`,
    `0 requests after it, at least ${LEAST.after} must be`,
  ]);
  const short = { samples: [...times(200, 9_000), ...times(300, 15_000)], dropped: 0 };
  assert.deepEqual(judge(fault({}), { ...seen([]), run: short }).missed, [
    `0 requests during it, at least ${LEAST.during} must be`,
  ]);
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
  const { p99, slowest } = judge(fault({}), seen(samples));
  assert.deepEqual([p99, slowest], [199, 200]);
});
