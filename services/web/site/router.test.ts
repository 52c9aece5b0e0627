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
