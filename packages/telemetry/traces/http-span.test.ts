import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAttributes, methodAttributes, pathOf, serverSpan, spanName } from "./http-span.ts";

const REQUEST = { method: "GET", target: "/a?key=secret", status: 200, start: 0, end: 1, more: {} };

test("the query, which may be private, is in no attribute", () => {
  assert.equal(JSON.stringify(serverSpan(REQUEST)).includes("secret"), false);
  assert.equal(serverSpan(REQUEST).attributes["url.path"], "/a");
});

test("a path is found in every form of a target", () => {
  for (const [target, path] of [
    ["/a/b?c=d?e", "/a/b"],
    ["http://host.example:80/a?b", "/a"],
    ["http://host.example?b=/c", "/"],
    ["*", "*"],
    ["/?next=http://other.example/", "/"],
  ] as const) {
    assert.equal(pathOf(target), path, target);
  }
  assert.equal(pathOf(`/${"x".repeat(5000)}`).length, 1025);
});

test("a method that is no word of HTTP becomes no name: _OTHER, with the word beside it", () => {
  assert.deepEqual(methodAttributes("BREW"), {
    "http.request.method": "_OTHER",
    "http.request.method_original": "BREW",
  });
  assert.equal(spanName("BREW"), "HTTP");
  assert.equal(spanName("POST", "/orders/:id"), "POST /orders/:id");
});

test("a server's span has failed from 500 on, with the failure's code where there is one", () => {
  const failed = (status: number, failure?: string) => {
    const facts = serverSpan({ ...REQUEST, status, failure });
    return [facts.failed, facts.attributes["error.type"]];
  };
  assert.deepEqual(failed(404, "not-found"), [false, undefined]);
  assert.deepEqual(failed(499), [false, undefined]);
  assert.deepEqual(failed(500), [true, "500"]);
  assert.deepEqual(failed(504, "upstream-timeout"), [true, "upstream-timeout"]);
});

test("server.address and server.port come from Host, with brackets or without a port", () => {
  for (const [host, address, port] of [
    ["shop.example", "shop.example", undefined],
    ["shop.example:8443", "shop.example", 8443],
    ["[::1]:8080", "[::1]", 8080],
    ["[::1]", "[::1]", undefined],
    ["", undefined, undefined],
  ] as const) {
    assert.deepEqual(hostAttributes(host), { "server.address": address, "server.port": port });
  }
});
