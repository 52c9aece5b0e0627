import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { describe, test } from "node:test";
import { call, header, tiers } from "../stack/http.ts";
import { useStack } from "../stack/shared-stack.ts";
import { echoOf, valuesOf } from "./echo.ts";
import { http2Get } from "./http2.ts";

const stack = await useStack("examples/echo.ts");
const { http, https } = await stack.addresses();

describe("the echo application", () => {
  // CONNECT opens a tunnel through a proxy: it has no resource.
  for (const method of METHODS.filter((name) => name !== "CONNECT")) {
    test(`responds with 200 to ${method}, with and without a body`, async () => {
      for (const body of [undefined, "a body"]) {
        const headers = body ? { "content-length": String(body.length) } : {};
        const response = await call(`${http}/any/path?q=1`, {
          method,
          headers,
          ...(body ? { body } : {}),
        });
        assert.equal(response.status, 200, response.text);
        if (method === "HEAD") assert.equal(response.text, "");
        else if (body) assert.equal(response.text, body);
        else assert.equal(echoOf(response).method, method);
      }
    });
  }

  test("echoes a body with its content type, byte for byte", async () => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    const headers = { "content-type": "application/x-gatehouse; v=1" };
    const response = await call(`${https}/upload`, { method: "POST", headers, body });
    assert.equal(header(response, "content-type"), headers["content-type"]);
    assert.ok(response.body.equals(body));
    assert.deepEqual(tiers(response), ["web", "queue", "gateway", "app"]);
  });

  test("echoes a chunked body", async () => {
    const response = await call(`${http}/`, {
      method: "POST",
      headers: { "transfer-encoding": "chunked", "content-type": "text/plain" },
      body: "in chunks",
    });
    assert.equal(response.text, "in chunks");
  });

  test("receives target and header fields as they were sent", async () => {
    const target = "/a%20b/c//d?x=%2F&x=2";
    const echo = echoOf(
      await call(http, { target, headers: { "X-First": "1", "x-SECOND": "2", "X-Third": "a, b" } }),
    );
    assert.equal(echo.method, "GET");
    assert.equal(echo.target, target);
    const names = echo.rawHeaders.filter((_, index) => index % 2 === 0);
    const mine = names.filter((name) => /^x-(first|second|third)$/i.test(name));
    assert.deepEqual(
      mine.map((name) => name.toLowerCase()),
      ["x-first", "x-second", "x-third"],
    );
    assert.deepEqual(valuesOf(echo, "x-third"), ["a, b"]);
    assert.equal(typeof echo.worker, "number");
    assert.match(echo.replica, /^[0-9a-f]{12}$/);
  });

  test("describes the request under /headers, also with a body", async () => {
    const response = await call(`${http}/headers`, { method: "POST", body: "not echoed" });
    assert.equal(echoOf(response).method, "POST");
  });
});

describe("a forwarded field of a client", () => {
  const forged = {
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "gopher",
    "x-forwarded-host": "evil.example",
    "x-forwarded-port": "1",
    "x-real-ip": "203.0.113.7",
    "cf-connecting-ip": "203.0.113.7",
    "true-client-ip": "203.0.113.7",
    "x-client-ip": "203.0.113.7",
    forwarded: "for=203.0.113.7;proto=gopher",
    "x-request-start": "t=1",
  };

  for (const [scheme, origin] of Object.entries({ http, https })) {
    test(`is replaced by the edge's own value over ${scheme}`, async () => {
      const { host, port } = new URL(origin);
      const echo = echoOf(await call(`${origin}/`, { headers: forged }));
      assert.deepEqual(valuesOf(echo, "host"), [host]);
      assert.deepEqual(valuesOf(echo, "x-forwarded-proto"), [scheme]);
      assert.deepEqual(valuesOf(echo, "x-forwarded-host"), [host]);
      assert.ok(
        [port, scheme === "http" ? "8080" : "8443"].includes(
          valuesOf(echo, "x-forwarded-port").join(),
        ),
      );
      assert.equal(valuesOf(echo, "x-forwarded-for").length, 1);
      assert.match(echo.client, /^\d+\.\d+\.\d+\.\d+$/);
      assert.equal(echo.scheme, scheme);
      assert.doesNotMatch(echo.rawHeaders.join(), /203\.0\.113\.7|gopher|evil|t=1$/);
    });
  }

  test("is not forwarded if it is a hop-by-hop field", async () => {
    const echo = echoOf(
      await call(`${http}/`, {
        headers: {
          connection: "close, x-hop",
          "x-hop": "secret",
          "keep-alive": "timeout=9",
          te: "trailers",
          "proxy-authorization": "Basic c2VjcmV0",
          "proxy-connection": "keep-alive",
        },
      }),
    );
    for (const name of ["x-hop", "keep-alive", "te", "proxy-authorization", "proxy-connection"]) {
      assert.deepEqual(valuesOf(echo, name), [], `${name} reached the application`);
    }
    assert.doesNotMatch(valuesOf(echo, "connection").join(), /x-hop|close/);
  });
});

describe("HTTP/2", () => {
  test("passes all tiers, and the authority is the one Host", async () => {
    const response = await http2Get(https, "/over/h2?x=1", { "x-sent": "yes" });
    assert.equal(response.status, 200, response.text);
    const echo = echoOf(response);
    assert.equal(echo.target, "/over/h2?x=1");
    assert.equal(echo.scheme, "https");
    assert.deepEqual(valuesOf(echo, "host"), [new URL(https).host]);
    assert.deepEqual(valuesOf(echo, "x-sent"), ["yes"]);
    assert.ok(!echo.rawHeaders.some((name) => name.startsWith(":")));
    assert.deepEqual(tiers(response), ["web", "queue", "gateway", "app"]);
  });

  test("carries many requests at once on one connection", async () => {
    const paths = Array.from({ length: 50 }, (_, index) => `/stream/${index}`);
    const responses = await Promise.all(paths.map((path) => http2Get(https, path)));
    assert.deepEqual(
      responses.map((response) => echoOf(response).target),
      paths,
    );
  });
});
