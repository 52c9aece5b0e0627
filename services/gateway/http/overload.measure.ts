import assert from "node:assert/strict";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { startGateway } from "../testing/gateway-process.ts";
import { PATIENT } from "../testing/steady-load.ts";

interface Measured {
  readonly status: number;
  readonly duration: number;
  readonly retryAfter: string | null;
  readonly timing: string;
}

async function ask(url: string): Promise<Measured> {
  const began = performance.now();
  const response = await fetch(url, { headers: { connection: "close" } });
  await response.text();
  const { headers, status } = response;
  const timing = headers.get("server-timing") ?? "";
  const duration = performance.now() - began;
  return { status, duration, retryAfter: headers.get("retry-after"), timing };
}

/** Sends at a steady rate, whatever comes back. */
async function offer(url: string, perSecond: number, seconds: number): Promise<Measured[]> {
  const asked: Promise<Measured>[] = [];
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const elapsed = performance.now() - began;
    const due = Math.min(elapsed / 1000, seconds) * perSecond;
    while (asked.length < due) asked.push(ask(url));
    if (elapsed < seconds * 1000) return;
    clearInterval(timer);
    resolve();
  }, 5);
  await promise;
  return Promise.all(asked);
}

function p99(responses: readonly Measured[]): number {
  const sorted = responses.map(({ duration }) => duration).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}

test("at twice the capacity goodput stays, admitted requests wait a bounded time, the rest is refused", async (t) => {
  // 8 at a time: 80 a second, where each takes 100 ms.
  const each = stretched(100);
  const capacity = (8 * 1000) / each;
  const seconds = (40 * each) / 1000;
  const queue = ["--queue-size=20", `--queue-timeout=${4 * each}`];
  const gateway = startGateway(t, "troubled.ts", "--workers=1", "--max-in-flight=8", ...queue);
  const url = `${await gateway.ready()}/wait?ms=${each}`;
  const responses = await offer(url, 2 * capacity, seconds);
  const good = responses.filter(({ status }) => status === 200);
  const refused = responses.filter(({ status }) => status === 503);
  const goodput = good.length / seconds / capacity;
  t.diagnostic(
    `offered ${responses.length}, with a response ${good.length}: ${Math.round(goodput * 100)} % of capacity; ` +
      `p99 of the admitted ${p99(good).toFixed()} ms, of the refused ${p99(refused).toFixed()} ms`,
  );
  assert.equal(good.length + refused.length, responses.length);
  assert.ok(goodput >= 0.9, `goodput ${goodput}`);
  assert.ok(p99(good) < stretched(400 + 100 + 500), `p99 ${p99(good)} ms`);
  assert.ok(refused.every(({ retryAfter }) => retryAfter === "1"));
  const metrics = await (await fetch(`${await gateway.admin()}/metrics`)).text();
  assert.match(metrics, /gateway_requests_refused_total\{reason="queue full"\} [1-9]/);
});

test("the wait in the queue is reported, and health checks pass it", async (t) => {
  const flags = ["--workers=1", "--max-in-flight=1", "--queue-size=5", ...PATIENT];
  const gateway = startGateway(t, "troubled.ts", ...flags);
  const url = await gateway.ready();
  const short = stretched(100);
  const [first, second, health] = await Promise.all([
    ask(`${url}/wait?ms=${6 * short}`),
    ask(`${url}/wait?ms=${short}`),
    ask(`${url}/healthz`),
  ]);
  assert.deepEqual([first.status, second.status, health.status], [200, 200, 200]);
  assert.ok(health.duration < Math.max(first.duration, second.duration) - short);
  const waits = [first, second].map(({ timing }) => Number(/queue;dur=([\d.]+)/.exec(timing)?.[1]));
  assert.ok(
    waits.some((wait) => wait > short / 2),
    `waited ${waits}`,
  );
});

test("a request that waits longer than the deadline gets 503 then, not later", async (t) => {
  const timeout = stretched(300);
  const flags = ["--workers=1", "--max-in-flight=1", `--queue-timeout=${timeout}`];
  const gateway = startGateway(t, "troubled.ts", ...flags);
  const url = `${await gateway.ready()}/wait?ms=${7 * timeout}`;
  const responses = await Promise.all([ask(url), ask(url)]);
  const late = responses.find(({ status }) => status === 503);
  assert.ok(
    late !== undefined && late.duration >= timeout - 5 && late.duration < stretched(1500),
    `${late?.duration}`,
  );
});

test("a processor that is too slow is an overload as well: what waited in the sockets counts", async (t) => {
  const each = stretched(20);
  const gateway = startGateway(t, "busy.ts", "--workers=1", `--queue-timeout=${15 * each}`);
  const url = await gateway.ready();
  // All come at once, and each keeps the event loop busy: four times what fits into the timeout.
  const responses = await Promise.all(Array.from({ length: 60 }, () => ask(`${url}/?ms=${each}`)));
  const good = responses.filter(({ status }) => status === 200);
  t.diagnostic(
    `${good.length} of ${responses.length} got a response, p99 ${p99(good).toFixed()} ms`,
  );
  assert.ok(responses.some(({ status }) => status === 503));
  assert.ok(good.length >= 10, `${good.length} got a response`);
});
