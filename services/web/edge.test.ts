import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import echo from "../../examples/echo.ts";
import {
  eventually,
  exchangeBytes,
  startEdge,
  startNameServer,
  startUpstream,
} from "./testing/edge.ts";

/** Responds with its own address, so that a test sees which replica responded. */
function tellAddress(request: IncomingMessage, response: ServerResponse) {
  request.resume();
  response.end(request.socket.localAddress);
}

const text = async (url: string) => (await fetch(url)).text();

test("a request reaches the application with one Host and forwarded headers made anew", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const url = await startEdge(t, upstream, {});
  const received = await exchangeBytes(
    url,
    "GET /a?b=%2F HTTP/1.1\r\nHost: shop.example:81\r\nConnection: x-hop, close\r\nX-Hop: 1\r\n" +
      "X-Forwarded-For: 6.6.6.6\r\nX-Request-ID: forged-id-1\r\nCookie: a=1\r\nX-Kept: yes\r\n\r\n",
  );
  const seen = JSON.parse(received.slice(received.indexOf("\r\n\r\n")));
  const values = (name: string) =>
    seen.rawHeaders.filter(
      (_: string, at: number, all: string[]) => all[at - 1]?.toLowerCase() === name && at % 2 === 1,
    );
  assert.equal(seen.target, "/a?b=%2F");
  assert.deepEqual(values("host"), ["shop.example:81"]);
  assert.deepEqual(values("x-forwarded-for"), ["127.0.0.1"]);
  assert.deepEqual(values("x-forwarded-port"), ["81"]);
  assert.deepEqual(values("x-kept"), ["yes"]);
  assert.deepEqual(values("x-hop"), []);
  assert.doesNotMatch(received, /forged-id-1/);
  assert.match(values("x-request-start")[0], /^t=\d+\.\d{3}$/);
});

test("bodies go both ways, chunked or counted", async (t) => {
  const url = await startEdge(t, await startUpstream(t, "127.0.0.2", echo, undefined), {});
  const body = "x".repeat(300_000);
  const counted = await fetch(url, { method: "POST", body });
  assert.equal(await counted.text(), body);
  const chunked = await fetch(url, {
    method: "PUT",
    body: new Blob([body]).stream(),
    duplex: "half",
  });
  assert.equal(await chunked.text(), body);
});

test("a response that the edge makes itself carries only its own time", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", tellAddress, undefined);
  const url = await startEdge(t, upstream, { assets: import.meta.dirname });
  const { status, headers } = await fetch(`${url}/assets/missing.css`);
  assert.equal(status, 404);
  assert.match(headers.get("server-timing") ?? "", /^web;dur=[\d.]+$/);
  assert.match(headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
});

test("an error of the edge is a page for people and JSON for programs, with the id", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", tellAddress, undefined);
  upstream.close();
  const url = await startEdge(t, upstream, {});
  const page = await fetch(url, { headers: { accept: "text/html" } });
  assert.deepEqual(
    [page.status, page.headers.get("content-type")],
    [502, "text/html; charset=utf-8"],
  );
  assert.ok((await page.text()).includes(page.headers.get("x-request-id") ?? "-"));
  const json = await fetch(url, { headers: { accept: "application/json" } });
  const { code, request_id } = (await json.json()) as Record<string, unknown>;
  assert.deepEqual([code, request_id], ["upstream-unreachable", json.headers.get("x-request-id")]);
});

test("no replica at all is 503 with Retry-After", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", tellAddress, undefined);
  const nameServer = await startNameServer(t, []);
  const url = await startEdge(t, upstream, { upstream: `app.test:${upstream.port}`, nameServer });
  const { status, headers } = await fetch(url);
  assert.deepEqual([status, headers.get("retry-after")], [503, "2"]);
});

test("a silent replica is 504 within the timeout, and is not asked twice", async (t) => {
  let asked = 0;
  const silent = () => void asked++;
  const url = await startEdge(t, await startUpstream(t, "127.0.0.2", silent, undefined), {
    upstreamTimeout: 300,
  });
  assert.equal((await fetch(url)).status, 504);
  assert.equal(asked, 1);
});

test("all addresses of the name serve, and a new one is found while an old one goes", async (t) => {
  const first = await startUpstream(t, "127.0.0.2", tellAddress, undefined);
  await startUpstream(t, "127.0.0.3", tellAddress, first);
  await startUpstream(t, "127.0.0.4", tellAddress, first);
  const addresses = ["127.0.0.2", "127.0.0.3"];
  const nameServer = await startNameServer(t, addresses);
  const url = await startEdge(t, first, { upstream: `app.test:${first.port}`, nameServer });
  await eventually(
    () => text(url),
    (address) => address === "127.0.0.2",
  );
  await eventually(
    () => text(url),
    (address) => address === "127.0.0.3",
  );
  addresses.splice(0, 2, "127.0.0.4");
  await eventually(
    () => text(url),
    (address) => address === "127.0.0.4",
  );
  await eventually(
    () => Promise.all(Array.from({ length: 8 }, () => text(url))),
    (addresses) => addresses.every((address) => address === "127.0.0.4"),
  );
});

test("a draining replica gets nothing new", async (t) => {
  const first = await startUpstream(t, "127.0.0.2", tellAddress, undefined);
  await startUpstream(t, "127.0.0.3", tellAddress, first);
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const url = await startEdge(t, first, { upstream: `app.test:${first.port}`, nameServer });
  first.readiness = "draining";
  await eventually(
    () => Promise.all(Array.from({ length: 20 }, () => text(url))),
    (addresses) => addresses.every((address) => address === "127.0.0.3"),
  );
});

test("a GET whose replica breaks off is sent to another; a POST is not sent twice", async (t) => {
  let broken = 0;
  const first = await startUpstream(
    t,
    "127.0.0.2",
    (request) => {
      broken++;
      request.socket.destroy();
    },
    undefined,
  );
  await startUpstream(t, "127.0.0.3", tellAddress, first);
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.3"]);
  const upstream = `app.test:${first.port}`;
  const url = await startEdge(t, first, { upstream, nameServer, circuitFailures: 0 });
  for (let request = 0; request < 20; request++) assert.equal(await text(url), "127.0.0.3");
  assert.ok(broken > 0, "some requests met the broken replica");
  const statuses: number[] = [];
  const before = broken;
  for (let request = 0; request < 20; request++) {
    statuses.push((await fetch(url, { method: "POST", body: "order" })).status);
  }
  assert.equal(statuses.filter((status) => status === 502).length, broken - before);
  assert.ok(statuses.includes(200) && statuses.includes(502), String(statuses));
});

test("a replica that cannot be reached costs no request, not even a POST", async (t) => {
  const first = await startUpstream(t, "127.0.0.2", tellAddress, undefined);
  // Nothing listens on 127.0.0.9: a connection is refused before anything could be sent.
  const nameServer = await startNameServer(t, ["127.0.0.2", "127.0.0.9"]);
  const url = await startEdge(t, first, { upstream: `app.test:${first.port}`, nameServer });
  for (let request = 0; request < 20; request++) {
    assert.equal((await fetch(url, { method: "POST", body: "order" })).status, 200);
  }
});

test("a response that breaks off in the middle breaks off for the client too", async (t) => {
  const half = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half", () => response.destroy());
  };
  const url = await startEdge(t, await startUpstream(t, "127.0.0.2", half, undefined), {});
  await assert.rejects(text(url));
});

test("oversized requests are refused before anything is sent on", async (t) => {
  let asked = 0;
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (_, response) => {
      asked++;
      response.end();
    },
    undefined,
  );
  const url = await startEdge(t, upstream, {});
  assert.equal((await fetch(`${url}/${"a".repeat(4094)}`)).status, 414);
  assert.equal((await fetch(url, { headers: { big: "b".repeat(8190) } })).status, 431);
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`x-${at}`, "1"]));
  assert.equal((await fetch(url, { headers: many })).status, 431);
  assert.equal(asked, 0);
});
