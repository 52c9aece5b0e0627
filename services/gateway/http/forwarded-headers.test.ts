import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { TrustedPeers } from "@gatehouse/http";
import { echoed, exampleModule, startGateway } from "../testing/gateway-process.ts";
import { ForwardedHeaders } from "./forwarded-headers.ts";

const ECHO = exampleModule("echo.ts");

/** The forwarded fields that the application received, sorted by name. */
function forwarded(rawHeaders: readonly string[]): string[] {
  const fields = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && /^(x-forwarded|forwarded|x-real)/i.test(name)
      ? [`${name.toLowerCase()}: ${rawHeaders[at + 1]}`]
      : [],
  );
  return fields.toSorted();
}

const others = { "x-real-ip": "6.6.6.6", "x-forwarded-ssl": "on", "x-forwarded-prefix": "/app" };

test("a trusted proxy's fields are rewritten to one client, even where they contradict each other", async (t) => {
  const gateway = startGateway(t, ECHO, "--workers=1", "--trusted-proxies=127.0.0.0/8,10.0.0.0/8");
  const headers = {
    ...others,
    host: "a.example",
    "x-forwarded-for": "6.6.6.6, 198.51.100.1, 10.0.0.2",
    "x-forwarded-proto": "http, https, http",
    "x-forwarded-host": "shop.example:8443",
    "x-forwarded-port": "1",
    forwarded: "for=7.7.7.7;proto=http",
  };
  const { rawHeaders } = await echoed(await gateway.ready(), { headers });
  assert.deepEqual(forwarded(rawHeaders), [
    'forwarded: for=198.51.100.1;proto=https;host="shop.example:8443"',
    "x-forwarded-for: 198.51.100.1",
    "x-forwarded-host: shop.example:8443",
    "x-forwarded-port: 8443",
    "x-forwarded-prefix: /app",
    "x-forwarded-proto: https",
    "x-real-ip: 198.51.100.1",
  ]);
});

test("a client with other fields, and other clients, are not confused", async (t) => {
  const gateway = startGateway(t, ECHO, "--workers=1", "--trusted-proxies=127.0.0.0/8");
  const url = await gateway.ready();
  const words = [
    {
      "x-forwarded-host": "a.example",
      "x-forwarded-for": "198.51.100.1",
      "x-forwarded-proto": "https",
    },
    {
      "x-forwarded-host": "a.example",
      "x-forwarded-for": "198.51.100.1",
      "x-forwarded-proto": "http",
    },
    {
      "x-forwarded-host": "b.example",
      "x-forwarded-for": "198.51.100.1",
      "x-forwarded-proto": "http",
    },
    {
      "x-forwarded-host": "b.example",
      "x-forwarded-for": "198.51.100.2",
      "x-forwarded-proto": "http",
    },
    { "x-forwarded-host": "b.example" },
    { "x-forwarded-host": "b.example", "x-forwarded-proto": "https" },
    { forwarded: "for=198.51.100.3;host=b.example" },
  ];
  const summaries: string[] = [];
  for (const headers of [...words, ...words]) {
    const { rawHeaders } = await echoed(url, { headers });
    summaries.push(forwarded(rawHeaders)[0] ?? "");
  }
  const due = [
    'for=198.51.100.1;proto=https;host="a.example"',
    'for=198.51.100.1;proto=http;host="a.example"',
    'for=198.51.100.1;proto=http;host="b.example"',
    'for=198.51.100.2;proto=http;host="b.example"',
    'for=127.0.0.1;proto=http;host="b.example"',
    'for=127.0.0.1;proto=https;host="b.example"',
    'for=198.51.100.3;proto=http;host="b.example"',
  ].map((side) => `forwarded: ${side}`);
  assert.deepEqual(summaries, [...due, ...due]);
});

test("the forwarded fields of a peer that is not trusted are removed", async (t) => {
  const gateway = startGateway(t, ECHO, "--workers=1", "--trusted-proxies=192.0.2.1");
  const url = await gateway.ready();
  const headers = { ...others, "x-forwarded-for": "6.6.6.6", forwarded: "for=6.6.6.6" };
  const { host, port } = new URL(url);
  assert.deepEqual(forwarded((await echoed(url, { headers })).rawHeaders), [
    `forwarded: for=127.0.0.1;proto=http;host="${host}"`,
    "x-forwarded-for: 127.0.0.1",
    `x-forwarded-host: ${host}`,
    `x-forwarded-port: ${port}`,
    "x-forwarded-proto: http",
  ]);
});

test("clients are not remembered without end, however many addresses a proxy sends", async (t) => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const heap = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const forwarded = new ForwardedHeaders(new TrustedPeers(["127.0.0.1"]));
  const { promise: grown, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer((request, response) => {
    response.end();
    try {
      const before = heap();
      for (let client = 0; client < 20_000; client++) {
        // Each would hold 4 KB.
        const address = `10.0.${client >> 8}.${client & 255}`;
        request.headers["x-forwarded-for"] = `${"x".repeat(4000)}, ${address}`;
        assert.equal(forwarded.rewrite(request), address);
      }
      resolve(heap() - before);
    } catch (error) {
      reject(error);
    }
  });
  server.listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}`, { headers: { connection: "close" } });
  const megabytes = (await grown) / 1024 ** 2;
  assert.ok(megabytes < 30, `${megabytes.toFixed(1)} MB are held for 20,000 clients`);
});
