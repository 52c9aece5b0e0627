import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { file, PASSWORD, PNG, Visitor } from "../testing/visitor.ts";

const { site, media } = createTestSite(await openTestDatabase(), { APP_PICTURE_LIMIT: "20000" });
const ada = await new Visitor(site).signUp("Ada");
const notice = await ada.post({ title: "The notice of the table" });

const HTML = `"><img src=x onerror=alert(1)><script>alert(1)</script>`;
const SQL = `'; drop table notices; --`;
const FORM = "application/x-www-form-urlencoded";

interface Bad {
  readonly what: string;
  readonly page: string;
  readonly fields: Readonly<Record<string, string | Blob>>;
  readonly status: number;
  /** The message for the visitor. */
  readonly says: RegExp;
  /** The values that must be in the form again. */
  readonly keeps: readonly RegExp[];
}

const title = "x".repeat(10_000);
const text = { title: "A title", body: "A body" };
const inTitle = (value: string) => new RegExp(`name="title"[^>]* value="${value}"`);
const kept = [inTitle("A title"), />\s*A body<\/textarea>/];

const forms: readonly Bad[] = [
  {
    what: "a title of 10,000 characters",
    page: "/notices/new",
    fields: { title, body: "A body" },
    status: 422,
    says: /Use at most 120 characters\. You entered 10000\./,
    keeps: [inTitle(title), />\s*A body<\/textarea>/],
  },
  {
    what: "no title and a body of HTML",
    page: "/notices/new",
    fields: { title: "", body: HTML },
    status: 422,
    says: /Enter a title\./,
    keeps: [/&quot;&gt;&lt;img src=x onerror=alert\(1\)&gt;&lt;script&gt;/],
  },
  {
    what: "a forged CSRF token",
    page: "/notices/new",
    fields: { ...text, csrf: "x".repeat(43) },
    status: 403,
    says: /Your session has changed/,
    keeps: kept,
  },
  {
    what: "no CSRF token",
    page: "/notices/new",
    fields: { ...text, csrf: "" },
    status: 403,
    says: /Your session has changed/,
    keeps: kept,
  },
  {
    what: "a text file that is called a picture",
    page: "/notices/new",
    fields: { ...text, picture: file(Buffer.from("just words, not a picture at all")) },
    status: 415,
    says: /This file is not a picture/,
    keeps: kept,
  },
  {
    what: "an SVG with a script",
    page: "/notices/new",
    fields: { ...text, picture: file(Buffer.from("<svg><script/></svg>"), "image/svg+xml") },
    status: 415,
    says: /This file is not a picture/,
    keeps: kept,
  },
  {
    what: "a page that begins like a GIF",
    page: "/notices/new",
    fields: { ...text, picture: file(Buffer.from(`GIF89a${HTML}`), "image/gif") },
    status: 422,
    says: /This picture is incomplete/,
    keeps: kept,
  },
  {
    what: "an incomplete picture",
    page: "/notices/new",
    fields: { ...text, picture: file(PNG.subarray(0, 50)) },
    status: 422,
    says: /This picture is incomplete/,
    keeps: kept,
  },
  {
    what: "a picture over the limit",
    page: "/notices/new",
    fields: { ...text, picture: file(Buffer.concat([PNG, Buffer.alloc(20_000)])) },
    status: 413,
    says: /This picture is larger than 19 KB/,
    keeps: kept,
  },
  {
    what: "a comment of 10,000 characters",
    page: notice,
    fields: { comment: "c".repeat(10_000) },
    status: 422,
    says: /Use at most 1000 characters\. You entered 10000\./,
    keeps: [/c{10000}<\/textarea>/],
  },
  {
    what: "a comment without a CSRF token",
    page: notice,
    fields: { comment: "A comment", csrf: "" },
    status: 403,
    says: /Your session has changed/,
    keeps: [/A comment<\/textarea>/],
  },
];

for (const { what, page, fields, status, says, keeps } of forms) {
  test(`${what} gets ${status}, a clear message, and the form comes back filled`, async () => {
    const action = page === notice ? `${notice}/comments` : page;
    const response = await ada.send(page, fields, action);
    assert.equal(response.status, status);
    const shown = await response.text();
    assert.match(shown, says);
    for (const value of keeps) assert.match(shown, value);
    assert.doesNotMatch(shown, /<script>|<img src=x/);
    assert.deepEqual(await readdir(media), [], "no file is left");
  });
}

test("10,000 characters in the fields of an account are refused with a message", async () => {
  const long = "n".repeat(10_000);
  const guest = new Visitor(site);
  for (const page of ["/sign-up", "/sign-in"]) {
    const response = await guest.send(page, { name: long, password: long });
    assert.equal(response.status, 422);
    assert.match(await response.text(), /Use at most 30 characters\. You entered 10000\./);
  }
});

test("SQL and HTML in every field are plain text", async () => {
  const path = await ada.post({ title: SQL + HTML, body: HTML + SQL });
  await ada.send(path, { comment: SQL + HTML }, `${path}/comments`);
  for (const page of [path, "/", `/?q=${encodeURIComponent(SQL + HTML)}`]) {
    const shown = await ada.page(page);
    assert.doesNotMatch(shown, /<script>|<img src=x/);
    assert.match(shown, /drop table notices/);
  }
  const wrong = await new Visitor(site).send("/sign-in", { name: SQL.slice(0, 30), password: SQL });
  assert.equal(wrong.status, 422);
});

for (const [what, body, type, status, says] of [
  ["broken UTF-8 in an escape", "name=%FF", FORM, 400, /not valid UTF-8/],
  ["a surrogate in UTF-8", "name=%ED%A0%80", FORM, 400, /not valid UTF-8/],
  ["raw bytes that are no UTF-8", Uint8Array.of(0x61, 0x3d, 0xff), FORM, 400, /not valid UTF-8/],
  ["a NUL", "name=a%00b&password=x", FORM, 400, /NUL character/],
  ["100 KB", "a".repeat(100_000), FORM, 413, /64 KB/],
  ["JSON", "{}", "application/json", 415, /x-www-form-urlencoded/],
] as const) {
  test(`a form with ${what} gets ${status}, and the page says what to do`, async () => {
    const init = { method: "POST", headers: { "content-type": type }, body };
    const response = await site.request("/sign-in", init);
    assert.equal(response.status, status);
    const shown = await response.text();
    assert.match(shown, says);
    assert.match(shown, /Nothing was saved\. Go back/);
  });
}

for (const [query, says] of [
  ["?q=%00", /NUL character/],
  [`?q=${"x".repeat(201)}`, /at most 200 characters/],
  ["?before=0", /invalid page number/],
  ["?after=9999999999999999", /invalid page number/],
  ["?before=1%27%20or%201=1", /invalid page number/],
] as const) {
  test(`the board with ${query.slice(0, 30)} gets 400 and the reason`, async () => {
    const response = await site.request(`/${query}`);
    assert.equal(response.status, 400);
    assert.match(await response.text(), says);
  });
}

test("any text can be searched for", async () => {
  for (const words of [`"`, "'", "-", "or", "\\", "%FF", "<b>", ":*&|!()", "a".repeat(200)]) {
    const path = words === "%FF" ? "/?q=%FF" : `/?q=${encodeURIComponent(words)}`;
    assert.equal((await site.request(path)).status, 200, words);
  }
});

test("a form that is sent twice makes one notice, and one comment", async () => {
  const form = await ada.page("/notices/new");
  const fields = { title: "Sent twice", body: "Once is enough.", picture: file(PNG) };
  const [first, second] = [
    await ada.submit(form, "/notices/new", fields),
    await ada.submit(form, "/notices/new", fields),
  ];
  assert.equal(first.headers.get("location"), second.headers.get("location"));
  const path = first.headers.get("location") ?? "";
  const page = await ada.page(path);
  assert.match(page, /Your notice is already on the board: it was sent twice\./);
  assert.equal((await readdir(media)).length, 1, "the second picture is not kept");
  const replay = () => ada.submit(page, `${path}/comments`, { comment: "Said once" });
  await Promise.all([replay(), replay()]);
  assert.equal((await ada.page(path)).match(/Said once/g)?.length, 1);
  await replay();
  assert.match(await ada.page(path), /Your comment is already posted: it was sent twice\./);
});

test("a form of a session that has ended comes back with its text", async () => {
  const ben = await new Visitor(site).signUp("Ben");
  const form = await ben.page("/notices/new");
  await ben.send("/", {}, "/sign-out");
  const response = await ben.submit(form, "/notices/new", { title: "Kept", body: "Kept too" });
  assert.equal(response.status, 403);
  const shown = await response.text();
  assert.match(shown, /You are signed out, so nothing was saved/);
  assert.match(shown, inTitle("Kept"));
  await ben.send("/sign-in", { name: "ben", password: PASSWORD });
  const entered = { title: "Kept", body: "Kept too" };
  const again = await ben.submit(shown, "/notices/new", entered);
  assert.equal(again.status, 403, "the form has no token of the new session yet");
  const last = await ben.submit(await again.text(), "/notices/new", entered);
  assert.equal(last.status, 303);
});
