import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { notices } from "../models/notice.ts";
import { createTestSite, openTestDatabase, unreachablePool } from "../test-site.ts";

const database = await openTestDatabase();
const { site, lines } = createTestSite({ ask: (work) => work(database) });

beforeEach(() => database.delete(notices));

const post = (fields: Record<string, string>) => ({
  method: "POST",
  body: new URLSearchParams(fields),
});

test("a notice that is posted stands on the page, and HTML in it stays text", async () => {
  const name = `<img src=x onerror="alert(1)">`;
  const posted = await site.request("/", post({ name, text: "<script>alert(1)</script> & 'co'" }));
  assert.equal(posted.status, 303);
  assert.equal(posted.headers.get("location"), "/");
  const page = await site.request("/");
  assert.equal(page.status, 200);
  const text = await page.text();
  assert.ok(text.includes("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;co&#39;"));
  assert.ok(text.includes("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;"));
  assert.doesNotMatch(text, /<script|<img src=x/);
});

test("an invalid form comes back with 422, messages beside the fields and what was entered", async () => {
  const long = `"><b>${"x".repeat(10_000)}`;
  const answer = await site.request("/", post({ name: "", text: long }));
  assert.equal(answer.status, 422);
  const text = await answer.text();
  assert.match(text, /id="name-message" class="error">Enter your name\.</);
  assert.match(text, /id="text-message" class="error">At most 500 characters/);
  assert.match(text, /name="text"[^>]* aria-describedby="text-message" aria-invalid="true"/);
  assert.ok(text.includes(`&quot;&gt;&lt;b&gt;${"x".repeat(10_000)}</textarea>`));
  assert.match(text, /Nothing here yet/);
});

test("the page tells who answered and what the database took", async () => {
  const answer = await site.request("/", { headers: { "x-request-id": "0198-one" } });
  assert.match(answer.headers.get("server-timing") ?? "", /^db;dur=\d+\.\d{3}$/);
  const text = await answer.text();
  for (const fact of ["replica replica-a", "worker 2, process 4711", "<code>0198-one</code>"]) {
    assert.ok(text.includes(fact), fact);
  }
});

test("HEAD answers like GET, without a body", async () => {
  const answer = await site.request("/", { method: "HEAD" });
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), "");
  assert.equal(lines.at(-1)?.method, "HEAD");
});

test("without the database the page answers 503, and a posted notice is not lost", async () => {
  const { site } = createTestSite(unreachablePool());
  const page = await site.request("/", { headers: { "x-request-id": "0198-two" } });
  assert.equal(page.status, 503);
  assert.equal(page.headers.get("retry-after"), "5");
  assert.match(await page.text(), /Request <code>0198-two<\/code>/);
  const posted = await site.request("/", post({ name: "Ada", text: "keep me" }));
  assert.equal(posted.status, 503);
  assert.equal(posted.headers.get("retry-after"), "5");
  assert.match(
    await posted.text(),
    /role="alert">[^<]*may not have been saved.*keep me<\/textarea>/s,
  );
  const invalid = await site.request("/", post({ name: "Ada", text: "" }));
  assert.equal(invalid.status, 422);
});
