import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";

import { Client, elsewhere, metric, type Received, start } from "../testing/two-workers.ts";

test("the application sees a request that was passed on as any other", async (t) => {
  const { client, here, there, headers } = await elsewhere(t);
  const fields = {
    ...headers,
    "X-Own": ["1", "2"],
    Cookie: "a=b",
    "X-Request-ID": "0190a5b2-7c3d-7e4f-8a6b-0c1d2e3f4a5b",
  };
  const varying = /^(traceparent|connection)$/i;
  const seen = async (path: string, method: string) => {
    const { pid, rawHeaders, url, ...rest } = await client.json(path, { headers: fields, method });
    const kept = rawHeaders.filter((_, at) => !varying.test(rawHeaders[at - (at % 2)] ?? ""));
    return { pid, rest, kept: kept.filter((_, at) => at % 2 === 0 || kept[at] !== "0") };
  };
  for (const method of ["GET", "DELETE", "PUT"]) {
    const local = await seen("/same", method);
    const passed = await seen("/same?EIO=4", method);
    assert.deepEqual([local.pid, passed.pid], [here, there]);
    assert.deepEqual(passed.rest, local.rest);
    assert.deepEqual(passed.kept.toSorted(), local.kept.toSorted());
  }
});

test("its response has the gateway's fields once, true for the client, and the application's", async (t) => {
  const { client, headers } = await elsewhere(t);
  const [response] = await client.get("/?EIO=4", { headers });
  const own = response.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  const count = (name: string) => own.filter((each) => each === name).length;
  assert.deepEqual(
    ["x-request-id", "date", "server-timing", "set-cookie"].map(count),
    [1, 1, 2, 2],
  );
  const [first = ""] = response.rawHeaders.filter(
    (_, at) => response.rawHeaders[at - 1] === "Server-Timing",
  );
  const [, gateway, app] =
    /^(?:queue;dur=[\d.]+, )?gateway;dur=([\d.]+), app;dur=([\d.]+)$/.exec(first) ?? [];
  assert.ok(Number(gateway) > Number(app), first);
  assert.equal(response.headers.connection, "keep-alive");
  const [none] = await client.get("/none?EIO=4", { headers });
  assert.deepEqual([none.statusCode, none.headers.etag], [304, '"1"']);
  const [head, body] = await client.get("/?EIO=4", { headers, method: "HEAD" });
  assert.deepEqual([head.statusCode, body], [200, ""]);
});

test("bodies, trailers and interim responses pass both ways", async (t) => {
  const { client, there, headers } = await elsewhere(t);
  const body = randomBytes(3_000_000);
  const hash = createHash("sha256").update(body).digest("hex");
  for (const framing of [
    { "Content-Length": body.length },
    { "Transfer-Encoding": "chunked", Trailer: "X-Sum" },
  ]) {
    const sent = client.send("/hash?EIO=4", {
      method: "POST",
      headers: { ...headers, ...framing },
    });
    if ("Trailer" in framing) sent.addTrailers({ "X-Sum": "7" });
    sent.end(body);
    const [response]: IncomingMessage[] = await once(sent, "response");
    assert.ok(response);
    const received: Received = JSON.parse(await text(response));
    assert.deepEqual([received.pid, received.hash], [there, hash]);
    assert.equal(received.trailers["x-sum"], "Trailer" in framing ? "7" : undefined);
    assert.equal(response.trailers["x-after"], "sum");
  }
  const expecting = { ...headers, Expect: "100-continue", "Content-Length": 3 };
  const waits = client.send("/hash?EIO=4", { method: "POST", headers: expecting });
  waits.flushHeaders();
  await once(waits, "continue", { signal: AbortSignal.timeout(stretched(10_000)) });
  const [continued]: IncomingMessage[] = await once(waits.end("abc"), "response");
  continued?.resume();
  const hints = client.send("/hints?EIO=4", { headers });
  const [information] = await once(hints.end(), "information");
  assert.deepEqual(
    [information.statusCode, information.headers.link],
    [103, "</a.css>; rel=preload"],
  );
  const [big, text20] = await client.get("/big?EIO=4", { headers });
  assert.deepEqual([big.headers["content-length"], text20.length], ["20000000", 20_000_000]);
});

test("a body that the application does not read is bounded, and discarded at the end", async (t) => {
  const { client, there, headers } = await elsewhere(t);
  const body = Buffer.alloc(2_000_000);
  const early = client.send("/unread?EIO=4", { method: "POST", headers });
  const [response]: IncomingMessage[] = await once(early.end(body), "response");
  assert.ok(response);
  assert.equal(JSON.parse(await text(response)).pid, there);
  assert.equal((await client.json("/?EIO=4", { headers })).pid, there);
  // Too long for all buffers between client and application.
  const endless = client.send("/stuck?EIO=4", { method: "POST", headers });
  endless.on("error", () => undefined);
  let written = 0;
  const piece = Buffer.alloc(64 * 1024);
  while (
    endless.write(piece) ||
    (await Promise.race([once(endless, "drain"), pause(stretched(300))]))
  ) {
    written += piece.length;
    assert.ok(written < 64 * 1024 ** 2, "everything is read");
  }
  endless.destroy();
});

test("a client that leaves ends its request at the worker that serves it, which logs 499", async (t) => {
  const { gateway, client, there, headers } = await elsewhere(t);
  const sent = client.send("/stream?EIO=4", { headers }).end();
  const [response]: IncomingMessage[] = await once(sent, "response");
  const [first] = await once(response ?? sent, "data");
  assert.equal(String(first), `data: ${there}\n\n`);
  sent.on("error", () => undefined).destroy();
  response?.on("error", () => undefined);
  await gateway.line(({ message, pid }) => message === "closed" && pid === there);
  const line = await gateway.line(({ message, status }) => message === "access" && status === 499);
  assert.deepEqual(
    [line.pid, line.target, line.client],
    [there, "/stream?EIO=4", headers["X-Forwarded-For"]],
  );
});

test("a request has one access line, of the worker that served it", async (t) => {
  const { gateway, client, here, there, headers } = await elsewhere(t);
  await client.json("/once?EIO=4", { headers });
  await client.json("/local", { headers });
  await gateway.line(({ target }) => target === "/local");
  const lines = gateway.lines.filter(
    ({ target }) => target === "/once?EIO=4" || target === "/local",
  );
  assert.deepEqual(
    lines.map(({ pid, target }) => [pid, target]),
    [
      [there, "/once?EIO=4"],
      [here, "/local"],
    ],
  );
});

test("without affinity nothing is passed on, whatever a stranger sends", async (t) => {
  const [gateway, url] = await start(t, "--trusted-proxies=192.0.2.1");
  const client = new Client(t, url);
  const { pid: here } = await client.json("/");
  for (let at = 0; at < 20; at++) {
    const headers = {
      "X-Affinity-Key": `k${at}`,
      "X-Forwarded-For": `192.0.2.${at}`,
      "Gatehouse-Passed-On": "{}",
    };
    const { pid, rawHeaders } = await client.json(`/EIO=4?x=${at}`, { headers });
    assert.equal(pid, here);
    assert.ok(!rawHeaders.includes("X-Affinity-Key"));
  }
  assert.equal(await metric(gateway, "passed"), 0);
  // The socket's address counts, and not what a stranger says that it is.
  const pids = new Set<number>();
  for (let at = 0; at < 20; at++) {
    const headers = { "X-Affinity-Key": `k${at}`, "X-Forwarded-For": `192.0.2.${at}` };
    pids.add((await client.json("/?EIO=4", { headers })).pid);
  }
  assert.equal(pids.size, 1);
});

test("a trusted proxy's key counts for any request; --affinity=client takes all by address", async (t) => {
  const [, url] = await start(t);
  const client = new Client(t, url);
  const byKey = async (key: string) =>
    (await client.json("/", { headers: { "X-Affinity-Key": key } })).pid;
  const keys = Array.from({ length: 20 }, (_, at) => `key-${at}`);
  const first = await Promise.all(keys.map(byKey));
  assert.equal(new Set(first).size, 2);
  assert.deepEqual(await Promise.all(keys.map(byKey)), first);
  const [, other] = await start(t, "--affinity=client");
  const wide = new Client(t, other);
  const from = async (address: string) =>
    (await wide.json("/", { headers: { "X-Forwarded-For": address } })).pid;
  const pids = new Set<number>();
  for (let at = 0; at < 20; at++) pids.add(await from(`192.0.2.${at}`));
  assert.equal(pids.size, 2);
  assert.equal(await from("2001:db8:0:1::9"), await from("2001:db8:0:1:a:b:c:d"));
});
test("a forged mark of a passed-on request is nothing but a field", async (t) => {
  const [, url] = await start(t);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => socket.destroy());
  const mark = '{"by":1,"remoteAddress":"192.0.2.9","remotePort":1}';
  socket.write(
    `GET / HTTP/1.1\r\nGatehouse-Passed-On: ${mark}\r\nHost: a\r\nConnection: close\r\n\r\n`,
  );
  const received = await text(socket);
  assert.match(received, /^HTTP\/1\.1 200 /);
  assert.match(received, /"remoteAddress":"127\.0\.0\.1"/);
});
