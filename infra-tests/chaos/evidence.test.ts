import assert from "node:assert/strict";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import type { ChaosStack } from "./chaos-stack.ts";
import { askPostgres, changed, seenBy } from "./evidence.ts";

test("what is seen late is seen, an error before is not the end, and what is never seen is undefined", async () => {
  let looks = 0;
  const sight = async () => {
    looks += 1;
    if (looks === 1) throw new Error("not yet");
    return looks === 3 ? "seen" : undefined;
  };
  assert.equal(await seenBy(sight, Date.now() + 60_000), "seen");
  assert.equal(await seenBy(async () => undefined, Date.now()), undefined);
});

test("what does not change shows nothing", async () => {
  let value = 1;
  const evidence = changed(
    async () => value,
    (before, now) => now > before && `${before} to ${now}`,
  );
  const sight = await evidence({} as ChaosStack);
  assert.equal(await sight(), undefined);
  value = 2;
  assert.equal(await sight(), "1 to 2");
});

async function listen(t: TestContext, serve: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

test("a Postgres that responds, resets, is silent or does not listen is told apart", async (t) => {
  const ask = (port: number) => askPostgres("127.0.0.1", port, 300);
  const responding = await listen(t, (socket) => socket.once("data", () => socket.end("N")));
  assert.ok(((await ask(responding)).within ?? Number.NaN) >= 0);
  const resetting = await listen(t, (socket) =>
    socket.once("data", () => socket.resetAndDestroy()),
  );
  assert.equal((await ask(resetting)).error, "ECONNRESET");
  const silent = await listen(t, (socket) => socket.on("error", () => {}).resume());
  assert.equal((await ask(silent)).error, "no byte within 300 ms");
  const closing = await listen(t, (socket) => socket.resume().end());
  assert.equal((await ask(closing)).error, "closed without a byte");
  assert.equal((await ask(1)).error, "ECONNREFUSED");
});
