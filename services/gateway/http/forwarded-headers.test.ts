import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleModule, startGateway, told } from "../testing/gateway-process.ts";

const ECHO = exampleModule("echo.ts");

/** What the application is told of the client's side, in the order of the names. */
function forwarded(rawHeaders: readonly string[]): string[] {
  const told = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 && /^(x-forwarded|forwarded|x-real)/i.test(name)
      ? [`${name.toLowerCase()}: ${rawHeaders[at + 1]}`]
      : [],
  );
  return told.toSorted();
}

const asked = { "x-real-ip": "6.6.6.6", "x-forwarded-ssl": "on", "x-forwarded-prefix": "/app" };

test("a trusted peer's chain is told anew in one voice, whatever it said twice", async (t) => {
  const gateway = startGateway(t, ECHO, "--workers=1", "--trusted-proxies=127.0.0.0/8,10.0.0.0/8");
  const headers = {
    ...asked,
    host: "a.example",
    "x-forwarded-for": "6.6.6.6, 198.51.100.1, 10.0.0.2",
    "x-forwarded-proto": "http, https, http",
    "x-forwarded-host": "shop.example:8443",
    "x-forwarded-port": "1",
    forwarded: "for=7.7.7.7;proto=http",
  };
  const { rawHeaders } = await told(await gateway.ready(), { headers });
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

test("one client in other words, and other clients, are not mistaken for one another", async (t) => {
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
    const { rawHeaders } = await told(url, { headers });
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

test("of anybody else's chain nothing is left", async (t) => {
  const gateway = startGateway(t, ECHO, "--workers=1", "--trusted-proxies=192.0.2.1");
  const url = await gateway.ready();
  const headers = { ...asked, "x-forwarded-for": "6.6.6.6", forwarded: "for=6.6.6.6" };
  const { host, port } = new URL(url);
  assert.deepEqual(forwarded((await told(url, { headers })).rawHeaders), [
    `forwarded: for=127.0.0.1;proto=http;host="${host}"`,
    "x-forwarded-for: 127.0.0.1",
    `x-forwarded-host: ${host}`,
    `x-forwarded-port: ${port}`,
    "x-forwarded-proto: http",
  ]);
});
