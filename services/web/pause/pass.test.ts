import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type TestContext, test } from "node:test";
import { runEdge, startUpstream } from "../testing/edge.ts";

const TOKEN = "AbCdEfGhIjKlMnOpQrStU_";
const pass = createHash("sha256").update(TOKEN).digest("hex");

/** An edge under maintenance, in front of an application that sends back its request's target. */
async function underMaintenance(t: TestContext, sum: string | undefined = pass) {
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => void request.resume().on("end", () => response.end(request.url)),
    undefined,
  );
  const { edge, ports } = await runEdge(t, upstream, {});
  edge.pause.mode = { kind: "maintenance", message: "later", pass: sum };
  const send = (path: string, cookie = "") =>
    fetch(`http://127.0.0.1:${ports.http}${path}`, { redirect: "manual", headers: { cookie } });
  /** Where a target is redirected to, both as they are on the wire; undefined if it is not. */
  const locationOf = async (path: string): Promise<string | undefined> => {
    const sent = request({ host: "127.0.0.1", port: ports.http, path }).end();
    const [response]: IncomingMessage[] = await once(sent, "response");
    response?.resume();
    return response?.headers.location;
  };
  return { edge, send, locationOf };
}

test("a link with the token leads to its page, and the cookie of it opens the site", async (t) => {
  const { send } = await underMaintenance(t);
  const response = await send(`/orders?page=2&maintenance-pass=${TOKEN}`);
  assert.equal(response.status, 303);
  assert.equal(response.headers.get("location"), "/orders?page=2");
  assert.equal(response.headers.get("cache-control"), "no-store");
  // The address has the token: no other page must learn it.
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  const cookie = response.headers.get("set-cookie") ?? "";
  assert.match(
    cookie,
    /^gatehouse-maintenance=AbCdEfGhIjKlMnOpQrStU_; Path=\/; HttpOnly; SameSite=Lax$/,
  );
  const page = await send("/orders?page=2", `a=b; ${cookie.split(";")[0]}`);
  assert.deepEqual([page.status, await page.text()], [200, "/orders?page=2"]);
});

test("no token, a wrong one, and the sum itself open nothing", async (t) => {
  const { send } = await underMaintenance(t);
  const wrong = TOKEN.replace("A", "B");
  for (const path of [
    "/",
    `/?maintenance-pass=${wrong}`,
    `/?maintenance-pass=${pass}`,
    "/?maintenance-pass=",
  ]) {
    assert.equal((await send(path)).status, 503, path);
  }
  for (const token of [wrong, pass, "", `${TOKEN}x`]) {
    assert.equal((await send("/", `gatehouse-maintenance=${token}`)).status, 503, token);
  }
});

test("maintenance without a token has no way in", async (t) => {
  const { edge, send } = await underMaintenance(t);
  edge.pause.mode = { kind: "maintenance", message: "later" };
  assert.equal((await send(`/?maintenance-pass=${TOKEN}`)).status, 503);
  assert.equal((await send("/", `gatehouse-maintenance=${TOKEN}`)).status, 503);
});

test("a link never leads to another host, for a browser neither", async (t) => {
  const { locationOf } = await underMaintenance(t);
  for (const path of [
    "//elsewhere.example/a",
    "/\\elsewhere.example/a",
    "\\/elsewhere.example/a",
    "/\\/\\elsewhere.example/a",
    "///elsewhere.example/a",
  ]) {
    const location = await locationOf(`${path}?maintenance-pass=${TOKEN}`);
    // The edge rejects some of these targets anyway.
    if (location === undefined) continue;
    const { host } = new URL(location, "http://site.example/");
    assert.equal(host, "site.example", `${path} leads to ${location}`);
  }
  assert.equal(
    await locationOf(`/\\elsewhere.example/a?maintenance-pass=${TOKEN}`),
    "/elsewhere.example/a",
  );
});

test("the rest of the query is what it was, octet by octet", async (t) => {
  const { locationOf } = await underMaintenance(t);
  const pass = `maintenance-pass=${TOKEN}`;
  for (const [query, rest] of [
    [`a=1+2&${pass}&b=%20%7e~*'()`, "?a=1+2&b=%20%7e~*'()"],
    [`${pass}&next=/a?b=c?d`, "?next=/a?b=c?d"],
    [`flag&&empty=&${pass}&flag`, "?flag&&empty=&flag"],
    [`q=${encodeURIComponent(`x&${pass}`)}&${pass}`, `?q=${encodeURIComponent(`x&${pass}`)}`],
    [`${pass}`, ""],
    [`${pass}&`, "?"],
  ] as const) {
    assert.equal(await locationOf(`/orders?${query}`), `/orders${rest}`, query);
  }
});

test("on a live site the parameter is the application's own", async (t) => {
  const { edge, send } = await underMaintenance(t);
  edge.pause.mode = { kind: "live" };
  const response = await send(`/?maintenance-pass=${TOKEN}`);
  assert.deepEqual([response.status, await response.text()], [200, `/?maintenance-pass=${TOKEN}`]);
});
