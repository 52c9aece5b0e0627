import assert from "node:assert/strict";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { spareTime } from "../limits/spare-time.ts";
import { isFree, occupyTurns } from "../testing/spare-time.ts";
import { response, stalled, startBytes } from "../testing/upstream.ts";
import { UpstreamConnection } from "./upstream-connection.ts";

for (const upgrades of [false, true]) {
  test(`a paused connection reads no more until it is resumed, upgrades: ${upgrades}`, async (t) => {
    const body = "x".repeat(32 * 1024 ** 2);
    const upstream = await startBytes(t, (socket) => void socket.write(response(body)));
    const ended = Promise.withResolvers<boolean>();
    let bytes = 0;
    const user = {
      readsFor: undefined,
      interim() {},
      head() {},
      data: (chunk: Buffer) => {
        if (bytes < 100_000) connection.pause();
        bytes += chunk.length;
      },
      end: (_: readonly string[], clean: boolean) => ended.resolve(clean),
      switched: () => ended.reject(new Error("switched")),
      drained() {},
      timedOut() {},
      fail: ended.reject,
    };
    const owner = {
      opened: () => connection.send(user, "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined),
      closed() {},
    };
    const target = { host: upstream.address, port: upstream.port };
    const connection = new UpstreamConnection(target, 1000, owner, upgrades);
    t.after(() => connection.close(undefined));
    const paused = await stalled(() => bytes);
    assert.ok(paused < 200_000, `${paused} bytes were read`);
    // Where a piece was small the next one pauses again.
    const again = setInterval(() => connection.resume(), 10);
    const clean = await ended.promise.finally(() => clearInterval(again));
    assert.deepEqual([clean, bytes], [true, body.length]);
  });
}

test("the reads of a long body wait for spare time, although its client takes each piece at once", async (t) => {
  const body = "x".repeat(8 * 1024 ** 2);
  const upstream = await startBytes(t, (socket) => void socket.write(response(body)));
  const ended = Promise.withResolvers<void>();
  let full = 0;
  const user = {
    readsFor: undefined,
    interim() {},
    head() {},
    data: (chunk: Buffer) => {
      if (chunk.length > 60_000) full++;
      connection.pause();
      process.nextTick(() => connection.resume());
    },
    end: () => ended.resolve(),
    switched: () => ended.reject(new Error("switched")),
    drained() {},
    timedOut() {},
    fail: ended.reject,
  };
  const owner = {
    opened: () => connection.send(user, "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined),
    closed() {},
  };
  const target = { host: upstream.address, port: upstream.port };
  const connection = new UpstreamConnection(target, 1000, owner, false);
  t.after(() => connection.close(undefined));
  // Work of others, which takes all of the spare time of each turn.
  let turns = 0;
  let ends = false;
  const work = () => {
    turns++;
    const until = performance.now() + 8;
    while (performance.now() < until);
    if (!ends) spareTime.later(work);
  };
  spareTime.later(work);
  await ended.promise.finally(() => {
    ends = true;
  });
  assert.ok(full > 50, `only ${full} reads were full`);
  assert.ok(full <= turns + 1, `${full} full reads in ${turns} turns`);
});

test("the long bodies of one client have the turns of one, however many they are", async (t) => {
  const BODIES = 20;
  const upstream = await startBytes(t, (socket) => {
    socket.write(response("x".repeat(16 * 1024 ** 2)));
  });
  let reads = 0;
  const began = Promise.withResolvers<void>();
  const connections = Array.from({ length: BODIES }, () => {
    const ignore = () => undefined;
    const user = {
      ...{ readsFor: "greedy", interim: ignore, head: ignore, end: ignore, switched: ignore },
      ...{ drained: ignore, timedOut: ignore, fail: ignore },
      data: () => {
        if (++reads > 2 * BODIES) began.resolve();
        // As much as it takes to send a piece to a client over TLS.
        const until = performance.now() + 0.5;
        while (performance.now() < until);
      },
    };
    const owner = {
      opened: () => connection.send(user, "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined),
      closed: ignore,
    };
    const target = { host: upstream.address, port: upstream.port };
    const connection = new UpstreamConnection(target, 10_000, owner, false);
    t.after(() => connection.close(undefined));
    return connection;
  });
  await began.promise;
  const before = reads;
  // The requests of another client's page wait one by one.
  for (let turn = 0; turn < 30; turn++) {
    await new Promise<void>((next) => spareTime.later(next, "quiet"));
  }
  assert.equal(connections.length, BODIES);
  const each = (reads - before) / 30;
  assert.ok(each < 10, `${each} pieces of the others were read before each`);
});

test("a connection that is closed while its next read waits has no turn", async (t) => {
  const upstream = await startBytes(t, (socket) => void socket.write(response("x".repeat(1e6))));
  const closed = Promise.withResolvers<void>();
  const ignore = () => undefined;
  const user = {
    ...{ readsFor: "left", interim: ignore, head: ignore, end: ignore, switched: ignore },
    ...{ drained: ignore, timedOut: ignore, fail: () => closed.resolve() },
    data: (chunk: Buffer) => {
      // A full one, behind which the next read waits.
      if (chunk.length < 60_000) return;
      occupyTurns(20);
      setImmediate(() => connection.close(undefined));
    },
  };
  const owner = {
    opened: () => connection.send(user, "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined),
    closed: ignore,
  };
  const target = { host: upstream.address, port: upstream.port };
  const connection = new UpstreamConnection(target, 1000, owner, false);
  await closed.promise;
  assert.ok(await isFree("left"));
});

test("the head is sent although its body fails to begin", async (t) => {
  const received = Promise.withResolvers<string>();
  const upstream = await startBytes(t, (_, bytes) => received.resolve(bytes));
  const ignore = () => undefined;
  const user = {
    ...{
      readsFor: undefined,
      interim: ignore,
      head: ignore,
      data: ignore,
      end: ignore,
      switched: ignore,
    },
    ...{ drained: ignore, timedOut: ignore, fail: received.reject },
  };
  const broken = new Error("broken");
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n";
  const owner = {
    opened: () => {
      const begin = () => {
        throw broken;
      };
      assert.throws(() => connection.send(user, "POST", head, begin), broken);
    },
    closed: ignore,
  };
  const target = { host: upstream.address, port: upstream.port };
  const connection = new UpstreamConnection(target, 1000, owner, false);
  t.after(() => connection.close(undefined));
  const late = setTimeout(() => received.reject(new Error("no head was sent")), stretched(2000));
  t.after(() => clearTimeout(late));
  assert.equal(await received.promise, head);
});
