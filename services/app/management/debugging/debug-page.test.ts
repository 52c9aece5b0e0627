import assert from "node:assert/strict";
import { test } from "node:test";
import { HTTPException } from "hono/http-exception";
import { unreachablePool } from "../../testing/database.ts";
import { createTestSite } from "../../testing/site.ts";
import { showDebugPages } from "./debug-page.ts";

const { site, lines } = createTestSite(await unreachablePool());
const keep = (level: string) => (message: string) => void lines.push({ level, message });
showDebugPages(site, { info: keep("info"), warn: keep("warn"), error: keep("error") });
site.get("/breaks", () => {
  throw new TypeError("no <b>paper</b>", { cause: new Error("no money") });
});
site.get("/refuses", () => {
  throw new HTTPException(403);
});

test("an unexpected error shows its stack, its source and its cause, escaped", async () => {
  const response = await site.request("/breaks?q=1");
  assert.equal(response.status, 500);
  const page = await response.text();
  assert.match(page, /<h1>TypeError: no &lt;b&gt;paper&lt;\/b&gt;<\/h1>/);
  assert.match(page, /<h2>[^<]*debug-page\.test\.ts:\d+<\/h2>/);
  assert.match(page, /&gt; +\d+ +throw new TypeError\(/);
  assert.match(page, /caused by Error: no money/);
  assert.match(page, /GET http:\/\/localhost\/breaks\?q=1/);
  assert.ok(lines.some(({ message }) => message === "request failed"));
});

test("the page shows the request's header fields, without cookies and credentials", async () => {
  const headers = { "x-colour": "green", cookie: "session=abc", authorization: "Basic abc" };
  const page = await (await site.request("/breaks", { headers })).text();
  assert.match(page, /x-colour: green/);
  assert.match(page, /cookie: \(hidden\)/);
  assert.doesNotMatch(page, /abc/);
});

test("an expected error keeps its own page", async () => {
  const response = await site.request("/refuses");
  assert.equal(response.status, 403);
  assert.doesNotMatch(await response.text(), /Stack/);
});
