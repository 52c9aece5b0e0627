import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { Visitor } from "../testing/visitor.ts";

const { site, lines } = createTestSite(await openTestDatabase());
const ada = await new Visitor(site).signUp("Ada");

test("a posted notice is on the board and has its own page", async () => {
  const path = await ada.post({ title: "A piano to give away", body: "Fetch it\nyourself." });
  assert.match(
    await ada.page(path),
    /Your notice is on the board.*<h1 [^>]*>A piano to give away/s,
  );
  const board = await new Visitor(site).page("/");
  assert.match(board, new RegExp(`<a href="${path}" dir="auto">A piano to give away</a>`));
});

test("a guest's page can be shared for a second: no cookie, no user, no request id", async () => {
  const response = await new Visitor(site).request("/");
  assert.equal(
    response.headers.get("cache-control"),
    "public, max-age=0, s-maxage=1, stale-while-revalidate=10",
  );
  assert.equal(response.headers.get("vary"), "Cookie");
  assert.equal(response.headers.get("set-cookie"), null);
  const page = await response.text();
  assert.doesNotMatch(page, /Signed in as/);
  assert.doesNotMatch(page, /Request <code>/);
});

test("a request with a cookie gets a page that no one stores", async () => {
  const response = await ada.request("/");
  assert.equal(response.headers.get("cache-control"), "private, no-store");
  assert.match(await response.text(), /Signed in as <bdi>Ada<\/bdi>.*Request <code>/s);
  const stranger = await site.request("/", { headers: { cookie: "theme=dark" } });
  assert.equal(stranger.headers.get("cache-control"), "private, no-cache");
});

test("a search finds notices with its words, in other forms too", async () => {
  await ada.post({ title: "Lost: a grey cat", body: "She answers to Minka." });
  const found = await ada.page("/?q=cats");
  assert.match(found, /Lost: a grey cat/);
  assert.doesNotMatch(found, /A piano/);
  assert.match(await ada.page("/?q=zeppelin"), /No notices match your search/);
});

test("pages lead to older notices and back, and a new notice does not shift them", async () => {
  for (let number = 1; number <= 26; number += 1) await ada.post({ title: `Paged ${number}` });
  const titlesOf = (page: string) => [...page.matchAll(/>Paged (\d+)</g)].map(([, n]) => Number(n));
  const linkOf = (page: string, rel: string) =>
    new RegExp(`href="([^"]+)" rel="${rel}"`).exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const first = await ada.page("/?q=paged");
  assert.deepEqual(titlesOf(first), [26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
  assert.equal(linkOf(first, "prev"), "");
  await ada.post({ title: "Paged 27" });
  const second = await ada.page(linkOf(first, "next"));
  assert.deepEqual(titlesOf(second), [14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  const last = await ada.page(linkOf(second, "next"));
  assert.deepEqual(titlesOf(last), [2, 1]);
  assert.equal(linkOf(last, "next"), "");
  assert.deepEqual(titlesOf(await ada.page(linkOf(last, "prev"))), titlesOf(second));
});

test("the page shows the worker, the request id and the time of the database", async () => {
  const response = await site.request("/", {
    headers: { "x-request-id": "0198-one", cookie: "theme=dark" },
  });
  assert.match(response.headers.get("server-timing") ?? "", /^db;dur=\d+\.\d{3}$/);
  const text = await response.text();
  for (const fact of ["replica-a", "worker 2, process 4711", "<code>0198-one</code>"]) {
    assert.ok(text.includes(fact), fact);
  }
});

test("HEAD gets the response of GET, without a body", async () => {
  const response = await site.request("/", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
  assert.equal(lines.at(-1)?.method, "HEAD");
});

test("/chain shows a signed-in user the time of the database", async () => {
  assert.match(await ada.page("/chain"), /took <b>\d+\.\d ms<\/b> to find your session/);
});
