import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { Visitor } from "../testing/visitor.ts";

const { site } = createTestSite(await openTestDatabase());
const ada = await new Visitor(site).signUp("Ada");
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

test("`next` leads to all notices", async () => {
  for (let count = 0; count < 15; count += 1) await create({ title: `No ${count}`, body: "paged" });
  const titles: string[] = [];
  for (let path: string | null = "/api/notices?q=paged"; path !== null; ) {
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
