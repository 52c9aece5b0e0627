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

const guest = new Visitor(site);

interface Body {
  readonly csrf: string;
  readonly id: number;
  readonly title: string;
  readonly author: string;
  readonly picture: string | null;
  readonly notices: readonly Body[];
  readonly next: string | null;
}

/** The response of an endpoint, which must be JSON. */
async function json(visitor: Visitor, path: string, init: RequestInit = {}) {
  const response = await visitor.request(path, init);
  assert.match(response.headers.get("content-type") ?? "", /^application\/(problem\+)?json/);
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Body,
  };
}

const { csrf } = (await json(ada, "/api/session")).body;

const create = (notice: unknown, headers: Record<string, string> = { "x-csrf-token": csrf }) =>
  json(ada, "/api/notices", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof notice === "string" ? notice : JSON.stringify(notice),
  });

test("a notice is created, found at its Location, and listed", async () => {
  const { status, headers, body } = await create({ title: "By API", body: "Words" });
  assert.equal(status, 201);
  assert.equal(headers.get("location"), `/api/notices/${body.id}`);
  const one = await json(guest, `/api/notices/${body.id}`);
  assert.deepEqual(one.body, body);
  assert.deepEqual([body.title, body.author, body.picture], ["By API", "Ada", null]);
  const { notices } = (await json(guest, "/api/notices?q=api")).body;
  assert.deepEqual(notices, [body]);
});

test("the same token sent twice makes one notice", async () => {
  const notice = { title: "Once", body: "Only", token: crypto.randomUUID() };
  const [first, second] = [await create(notice), await create(notice)];
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.equal(first.body.id, second.body.id);
});

test("a token that another author has used gets 409, in the API and in forms", async () => {
  const token = crypto.randomUUID();
  const theirs = { title: "Theirs", body: "First", token };
  assert.equal((await create(theirs)).status, 201);
  const eve = await new Visitor(site).signUp("Eve");
  const headers = { "content-type": "application/json", "x-csrf-token": await eve.csrf() };
  const body = JSON.stringify({ ...theirs, title: "Mine" });
  const response = await eve.request("/api/notices", { method: "POST", headers, body });
  assert.equal(response.status, 409);
  assert.match(await response.text(), /"title":"Sent before".*This form's token was used before/);
  const form = await eve.send("/notices/new", { title: "Mine", body: "Second", token });
  assert.equal(form.status, 409);
  assert.match(await form.text(), /Please open the form again/);
});

test("a comment's token counts once, for its author and its notice alone", async () => {
  const eve = await new Visitor(site).signUp("Eva");
  const path = await eve.post();
  const other = await eve.post();
  const comment = { comment: "Once", token: crypto.randomUUID() };
  const statuses: number[] = [];
  for (const [visitor, notice] of [
    [eve, path],
    [eve, path],
    [eve, other],
    [await new Visitor(site).signUp("Mallory"), path],
  ] as const) {
    statuses.push((await visitor.send(notice, comment, `${notice}/comments`)).status);
  }
  assert.deepEqual(statuses, [303, 303, 409, 409]);
  assert.equal((await eve.page(path)).match(/>Once</g)?.length, 1);
});

test("`next` leads to all notices", async () => {
  for (let count = 0; count < 15; count += 1)
    await create({ title: `No ${count}`, body: "zigzag" });
  const titles: string[] = [];
  for (let path: string | null = "/api/notices?q=zigzag"; path !== null; ) {
    const { body }: { body: Body } = await json(guest, path);
    for (const { title } of body.notices) titles.push(title);
    path = body.next;
  }
  assert.equal(new Set(titles).size, 15);
});

test("a guest can read, and must sign in to write", async () => {
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  assert.equal((await json(guest, "/api/notices", post)).status, 401);
  assert.deepEqual((await json(guest, "/api/session")).body, { user: null, csrf: null });
});

for (const [what, notice, headers, status, says] of [
  ["no CSRF token", { title: "t", body: "b" }, {}, 403, /X-CSRF-Token/],
  ["another's CSRF token", {}, { "x-csrf-token": "x" }, 403, /X-CSRF-Token/],
  ["no title", { body: "b" }, undefined, 422, /Enter a title/],
  ["10,000 characters", { title: "x".repeat(10_000), body: "b" }, undefined, 422, /at most 120/],
  ["a number for a title", { title: 7, body: "b" }, undefined, 422, /Enter a title/],
  ["a list", [], undefined, 400, /JSON object/],
  ["an incomplete object", `{"title":`, undefined, 400, /not valid JSON/],
  ["a NUL", { title: "a\0b", body: "b" }, undefined, 400, /NUL/],
  ["half a character", { title: "a\ud800b", body: "b" }, undefined, 400, /Unicode/],
  ["100 KB", { title: "x".repeat(100_000) }, undefined, 413, /64 KB/],
] as const) {
  test(`${what} gets ${status} and problem details with the reason`, async () => {
    const { status: got, headers: fields, body } = await create(notice, headers);
    assert.equal(got, status);
    assert.equal(fields.get("content-type"), "application/problem+json");
    assert.match(JSON.stringify(body), says);
  });
}

test("a form of another site is not accepted as JSON", async () => {
  const headers = { "x-csrf-token": csrf, "content-type": "text/plain" };
  assert.equal((await create({ title: "t", body: "b" }, headers)).status, 415);
});
