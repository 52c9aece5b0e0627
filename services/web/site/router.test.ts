import assert from "node:assert/strict";
import { test } from "node:test";
import { Router } from "./router.ts";
import type { ProxyRoute } from "./site.ts";

const route = (prefix: string): ProxyRoute => ({
  prefix,
  name: prefix,
  bodyLimit: undefined,
  body: "stream",
  continues: "edge",
  cache: false,
  timeouts: {},
  rate: undefined,
});

const prefixes = (router: Router<{ prefix: string }>, path: string) =>
  router.routesOf(path).map(({ prefix }) => prefix);

const router = new Router(
  [{ prefix: "/assets/" }, { prefix: "/docs/" }],
  [route("/"), route("/assets/live/"), route("/docs/")],
);

test("the longest prefix counts, among mounts and routes together", () => {
  assert.equal(router.mountOf("/assets/a.css")?.prefix, "/assets/");
  assert.equal(router.mountOf("/assets/live/a.css"), undefined);
  assert.deepEqual(prefixes(router, "/assets/live/a.css"), ["/assets/live/"]);
  assert.equal(router.mountOf("/elsewhere"), undefined);
  assert.deepEqual(prefixes(router, "/elsewhere"), ["/"]);
});

test("of a mount and a route with one prefix the mount counts, and the route is its fallback", () => {
  assert.equal(router.mountOf("/docs/page")?.prefix, "/docs/");
  assert.deepEqual(prefixes(router, "/docs/page"), ["/docs/"]);
});

test("a path that no prefix fits has neither mount nor route", () => {
  const small = new Router([{ prefix: "/assets/" }], [route("/api/")]);
  assert.equal(small.mountOf("/"), undefined);
  assert.deepEqual(prefixes(small, "/assets/a.css"), []);
});

const limited = new Router([], [route("/"), route("/login/"), route("/x/"), route("/caf%C3%A9/")]);

test("a path that all applications read in one way has one route", () => {
  for (const [path, prefix] of [
    ...[
      ["/", "/"] as const,
      ["/logins/", "/"],
      ["/login/in?a=/../x/", "/login/"],
      ["/login", "/login/"],
    ],
    ...[
      ["/login?a", "/login/"] as const,
      ["/a%20b/A;c", "/"],
      ["/.well-known/x", "/"],
      ["/%zz/x", "/"],
    ],
    ...[["/caf%C3%A9/%C3%A9", "/caf%C3%A9/"] as const, ["/y/https://a.example/login/", "/"]],
    // An encoded slash is no separator: RFC 3986, section 2.2, and what the names of npm's packages rely on.
    ...[["/@scope%2fname", "/"] as const, ["/login%2Fin", "/"], ["/x/..%2flogin/", "/x/"]],
  ] as const) {
    assert.deepEqual(prefixes(limited, path), [prefix], path);
  }
});

test("one that some application reads as another route's has that too, after its own", () => {
  for (const [path, ...expected] of [
    ...[
      ["/LOGIN/", "/", "/login/"],
      ["/Login?a", "/", "/login/"],
      ["/%6cogin/", "/", "/login/"],
    ],
    ...[
      ["//login/", "/", "/login/"],
      ["/login;a=b/in", "/", "/login/"],
      ["/\\LOGIN", "/", "/login/"],
    ],
    ...[
      ["/login\\in", "/", "/login/"],
      ["/caf%c3%a9/", "/", "/caf%C3%A9/"],
    ],
    ...[
      ["/y/../login/", "/", "/login/"],
      ["/x/../login/", "/x/", "/login/"],
      ["/login/../y", "/login/", "/"],
    ],
    ...[
      ["/x/%2E%2e/login", "/x/", "/login/"],
      ["/x/..\\login/", "/x/", "/login/"],
    ],
    ...[
      ["/login/..", "/login/", "/"],
      ["/./login/", "/", "/login/"],
      ["/x/..;/login/", "/x/", "/login/"],
    ],
    ["/x//../login/", "/x/", "/login/"],
    ["/X/../login/", "/", "/x/", "/login/"],
  ] as const) {
    const found = prefixes(limited, path ?? "");
    assert.equal(found[0], expected[0], path);
    assert.deepEqual(new Set(found), new Set(expected), path);
  }
});

test("one that some application reads as a path without a route has none", () => {
  const small = new Router([], [route("/api/")]);
  assert.deepEqual(prefixes(small, "/api/../secret"), []);
  assert.deepEqual(prefixes(small, "/api/a/../b"), ["/api/"]);
});

test("a route whose own prefix is written in another way is found by all spellings", () => {
  const odd = new Router([], [route("/"), route("/API/"), route("/%7Euser/"), route("/a|b/")]);
  for (const [path, prefix] of [
    ["/api/x", "/API/"],
    ["/Api/x", "/API/"],
    ["/API/x", "/API/"],
    ["/~user/x", "/%7Euser/"],
    ["/%7euser/x", "/%7Euser/"],
    ["/a%7Cb/x", "/a|b/"],
  ] as const) {
    assert.ok(prefixes(odd, path).includes(prefix), path);
  }
  assert.deepEqual(prefixes(odd, "/apis/x"), ["/"]);
});

test("what an application decodes before it compares in lower case is found", () => {
  const router = new Router([], [route("/"), route("/checkout/")]);
  assert.ok(prefixes(router, "/chec%E2%84%AAout/x").includes("/checkout/"));
});
