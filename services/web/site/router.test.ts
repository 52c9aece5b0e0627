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

const router = new Router(
  [{ prefix: "/assets/" }, { prefix: "/docs/" }],
  [route("/"), route("/assets/live/"), route("/docs/")],
);

test("the longest prefix counts, among mounts and routes together", () => {
  assert.equal(router.mountOf("/assets/a.css")?.prefix, "/assets/");
  assert.equal(router.mountOf("/assets/live/a.css"), undefined);
  assert.equal(router.routeOf("/assets/live/a.css")?.prefix, "/assets/live/");
  assert.equal(router.mountOf("/elsewhere"), undefined);
  assert.equal(router.routeOf("/elsewhere")?.prefix, "/");
});

test("of a mount and a route with one prefix the mount counts, and the route is its fallback", () => {
  assert.equal(router.mountOf("/docs/page")?.prefix, "/docs/");
  assert.equal(router.routeOf("/docs/page")?.prefix, "/docs/");
});

test("a path that no prefix fits has neither mount nor route", () => {
  const small = new Router([{ prefix: "/assets/" }], [route("/api/")]);
  assert.equal(small.mountOf("/"), undefined);
  assert.equal(small.routeOf("/assets/a.css"), undefined);
});

const limited = new Router([], [route("/"), route("/login/"), route("/caf%C3%A9/")]);
const isAmbiguous = (path: string) => {
  const found = limited.routeOf(path);
  assert.ok(found !== undefined, path);
  return limited.isAmbiguous(path, found);
};

test("a path that an application may read as another route's is ambiguous", () => {
  for (const path of [
    ...["/x/../login/", "/./login/", "/x/%2e%2e/login/", "/%2E/login/in", "/x/.%2e/login/"],
    ...["/%6cogin/", "/logi%6E/in?a", "/login%2fin", "/login%2Fin", "/x%2f..%2flogin/"],
    ...["//login/", "/x//..//login/", "/\\login/", "/login\\in", "/x\\..\\login/"],
    ...["/login/../", "/login/..%2fx", "/login/%2e%2e/x", "/login/.."],
    "/caf%c3%a9/",
  ]) {
    assert.ok(isAmbiguous(path), path);
  }
});

test("one that all read as the same route's is not, whatever is encoded", () => {
  for (const path of [
    ...["/", "/login/", "/login/in", "/login", "/logins/", "/a%2fb", "/a//b", "/%6cogin", "/../x"],
    ...["/x?/../login/", "/x?y=%2e%2e/login/", "/login/a%20b", "/login/a/../b", "/login/%6c"],
    ...[
      "/x/https://a.example/login/",
      "/%zz/x",
      "/caf%C3%A9/",
      "/caf%C3%A9/%C3%A9",
      "/.well-known/x",
    ],
  ]) {
    assert.ok(!isAmbiguous(path), path);
  }
});

test("a site with one route has no ambiguous path", () => {
  const single = new Router([], [route("/")]);
  assert.ok(!single.isAmbiguous("/x/../%6cogin/", route("/")));
});
