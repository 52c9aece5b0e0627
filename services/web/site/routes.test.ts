import assert from "node:assert/strict";
import { test } from "node:test";
import { site } from "../site.ts";
import { exchangeBytes, runEdge, startUpstream } from "../testing/edge.ts";
import { ROUTE } from "./defaults.ts";

test("no other form of a path evades what its route says", async (t) => {
  const seen: string[] = [];
  // Reads the path as a fetch application does.
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    ({ url = "" }, response) => {
      seen.push(new URL(url, "http://a").pathname);
      response.end("application");
    },
    undefined,
  );
  const rate = { perSecond: 1, burst: 0 };
  const { ports } = await runEdge(t, upstream, {}, (settings) => ({
    ...site(settings),
    routes: [
      { ...ROUTE, prefix: "/", name: "site" },
      { ...ROUTE, prefix: "/login/", name: "login", rate },
    ],
  }));
  const statusOf = async (path: string) => {
    const head = `GET ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`;
    const response = await exchangeBytes(`http://127.0.0.1:${ports.http}`, head);
    return Number(response.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length));
  };
  assert.equal(await statusOf("/login/"), 200);
  assert.equal(await statusOf("/login/"), 429);
  for (const path of [
    ...["/x/../login/", "/x/%2e%2e/login/", "/\\login/", "/%6cogin/"],
    ...["/login", "/login?a", "/LOGIN/", "//login/", "/login;a=b/"],
  ]) {
    assert.equal(await statusOf(path), 429, path);
  }
  assert.equal(await statusOf("/x/../elsewhere"), 200);
  // The address of a package of npm.
  assert.equal(await statusOf("/@scope%2flogin/"), 200);
  assert.deepEqual(seen, ["/login/", "/elsewhere", "/@scope%2flogin/"]);
});
