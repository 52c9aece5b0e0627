import assert from "node:assert/strict";
import { test } from "node:test";
import { ROUTE } from "./defaults.ts";
import type { ProxyRoute } from "./site.ts";
import { strictestOf } from "./strictest.ts";

const uploads: ProxyRoute = {
  ...ROUTE,
  prefix: "/uploads/",
  name: "uploads",
  bodyLimit: 1e9,
  body: "stream",
  cache: true,
  timeouts: { send: 60_000, total: 600_000 },
};
const site: ProxyRoute = {
  ...ROUTE,
  prefix: "/",
  name: "site",
  bodyLimit: undefined,
  body: "gather",
  cache: true,
  timeouts: { send: 10_000 },
};
const login: ProxyRoute = { ...site, name: "login", bodyLimit: 1000, body: "buffer", cache: false };

/** With those of the settings. */
const timeoutsOf = ({ timeouts }: ProxyRoute) => ({
  send: 60_000,
  firstByte: 60_000,
  betweenBytes: 30_000,
  total: 90_000,
  ...timeouts,
});

test("of several routes the strictest limits hold, and the rest is the first one's", () => {
  assert.deepEqual(strictestOf(uploads, [uploads, site], timeoutsOf), {
    ...uploads,
    body: "gather",
    timeouts: { send: 10_000, firstByte: 60_000, betweenBytes: 30_000, total: 90_000 },
  });
  const { name, bodyLimit, body, cache } = strictestOf(site, [site, login, uploads], timeoutsOf);
  assert.deepEqual([name, bodyLimit, body, cache], ["site", 1000, "buffer", false]);
});

test("a single route is as it is", () => {
  assert.equal(strictestOf(site, [site], timeoutsOf), site);
});
