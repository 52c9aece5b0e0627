import assert from "node:assert/strict";
import { test } from "node:test";
import { HTTPException } from "hono/http-exception";
import { createTestSite, openTestDatabase } from "../../testing/site.ts";
import { showDebugPages } from "./debug-page.ts";

const { site, lines } = createTestSite(await openTestDatabase());
const keep = (level: string) => (message: string) => void lines.push({ level, message });
showDebugPages(site, { info: keep("info"), warn: keep("warn"), error: keep("error") });
site.get("/breaks", () => {
  throw new TypeError("no <b>paper</b>", { cause: new Error("no money") });
});
site.get("/refuses", () => {
  throw new HTTPException(403);
});

test("an error that nobody expected shows its stack, its source and its cause, as text", async () => {
  const answer = await site.request("/breaks?q=1");
  assert.equal(answer.status, 500);
  const page = await answer.text();
  assert.match(page, /<h1>TypeError: no &lt;b&gt;paper&lt;\/b&gt;<\/h1>/);
  assert.match(page, /<h2>[^<]*debug-page\.test\.ts:\d+<\/h2>/);
  assert.match(page, /&gt; +\d+ +throw new TypeError\(/);
  assert.match(page, /caused by Error: no money/);
  assert.match(page, /GET http:\/\/localhost\/breaks\?q=1/);
  assert.ok(lines.some(({ message }) => message === "request failed"));
});

test("the page shows the request's fields, but none that proves who asks", async () => {
  const headers = { "x-colour": "green", cookie: "session=abc", authorization: "Basic abc" };
  const page = await (await site.request("/breaks", { headers })).text();
  assert.match(page, /x-colour: green/);
  assert.match(page, /cookie: \(not shown\)/);
  assert.doesNotMatch(page, /abc/);
});

test("an error that the site knows keeps its own page", async () => {
  const answer = await site.request("/refuses");
  assert.equal(answer.status, 403);
  assert.doesNotMatch(await answer.text(), /Stack/);
});
