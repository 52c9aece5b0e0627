import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { file, PNG } from "../testing/pictures.ts";
import { createTestSite, openTestDatabase } from "../testing/site.ts";
import { Visitor } from "../testing/visitor.ts";

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
  /** What the visitor is told. */
  readonly says: RegExp;
  /** What must stand in the form again. */
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
    says: /At most 120 characters, please: these are 10000\./,
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
    what: "a CSRF token of nobody",
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
    fields: { ...text, picture: file(Buffer.from("just words, and no picture at all")) },
    status: 415,
    says: /This file is no picture/,
    keeps: kept,
  },
  {
    what: "an SVG with a script",
    page: "/notices/new",
    fields: { ...text, picture: file(Buffer.from("<svg><script/></svg>"), "image/svg+xml") },
    status: 415,
    says: /This file is no picture/,
    keeps: kept,
  },
  {
    what: "a page that begins like a GIF",
    page: "/notices/new",
    fields: { ...text, picture: file(Buffer.from(`GIF89a${HTML}`), "image/gif") },
    status: 422,
    says: /The end of this picture is missing/,
    keeps: kept,
  },
  {
    what: "half a picture",
    page: "/notices/new",
    fields: { ...text, picture: file(PNG.subarray(0, 50)) },
    status: 422,
    says: /The end of this picture is missing/,
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
    says: /At most 1000 characters, please: these are 10000\./,
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
    const answer = await ada.send(page, fields, action);
    assert.equal(answer.status, status);
    const shown = await answer.text();
    assert.match(shown, says);
    for (const value of keeps) assert.match(shown, value);
    assert.doesNotMatch(shown, /<script>|<img src=x/);
    assert.deepEqual(await readdir(media), [], "nothing is left on the disk");
  });
}

test("10,000 characters in every field of an account are told of", async () => {
  const long = "n".repeat(10_000);
  const guest = new Visitor(site);
  for (const page of ["/sign-up", "/sign-in"]) {
    const answer = await guest.send(page, { name: long, password: long });
    assert.equal(answer.status, 422);
    assert.match(await answer.text(), /At most 30 characters, please: these are 10000\./);
  }
});

test("SQL and HTML in every field are words", async () => {
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
  test(`a form of ${what} gets ${status}, and the page says what to do`, async () => {
    const init = { method: "POST", headers: { "content-type": type }, body };
    const answer = await site.request("/sign-in", init);
    assert.equal(answer.status, status);
    const shown = await answer.text();
    assert.match(shown, says);
    assert.match(shown, /Nothing was saved\. Go back/);
  });
}

const part = (name: string, content: string | Buffer, more = "") =>
  Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);
const FILE = `; filename="a.png"`;

for (const [what, body, status, says] of [
  ["that ends in its picture", part("picture", PNG, FILE).subarray(0, -20), 400, /as a whole/],
  ["without its last boundary", part("title", "A title"), 400, /as a whole/],
  ["of raw bytes", part("title", Buffer.of(0xff, 0xfe)), 400, /not valid UTF-8/],
  ["with a NUL", part("title", "a\0b"), 400, /NUL character/],
  ["with a field of 100 KB", part("body", "a".repeat(100_000)), 413, /64 KB/],
  ["with no parts", Buffer.alloc(0), 400, /as a whole/],
] as const) {
  test(`an upload ${what} gets ${status}, and leaves nothing`, async () => {
    const whole = /NUL|UTF-8|64 KB/.test(String(says));
    const sent = whole ? Buffer.concat([body, Buffer.from("--b--\r\n")]) : body;
    const answer = await ada.request("/notices/new", {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body: new Uint8Array(sent),
    });
    assert.equal(answer.status, status);
    assert.match(await answer.text(), says);
    assert.deepEqual(await readdir(media), []);
  });
}

test("an upload whose client leaves in the middle of the picture leaves nothing", async () => {
  const begin = part("picture", PNG, FILE).subarray(0, -20);
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(begin)),
    pull: (controller) => controller.error(new Error("the client has left")),
  });
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  const init = { method: "POST", headers, body, duplex: "half" } as const;
  assert.equal((await ada.request("/notices/new", init)).status, 400);
  assert.deepEqual(await readdir(media), []);
});

test("an upload that is far too large is refused unread, by its length", async () => {
  const answer = await ada.request("/notices/new", {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=b", "content-length": "999999999" },
    body: part("title", "A title"),
  });
  assert.equal(answer.status, 413);
  assert.match(await answer.text(), /far too large/);
});

for (const [query, says] of [
  ["?q=%00", /NUL character/],
  [`?q=${"x".repeat(201)}`, /at most 200 characters/],
  ["?before=0", /cannot be/],
  ["?after=9999999999999999", /cannot be/],
  ["?before=1%27%20or%201=1", /cannot be/],
] as const) {
  test(`the board's address with ${query.slice(0, 30)} gets 400, and the reason`, async () => {
    const answer = await site.request(`/${query}`);
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), says);
  });
}

test("any words may be searched for", async () => {
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
  assert.match(page, /This notice is on the board already: it was sent twice\./);
  assert.equal((await readdir(media)).length, 1, "the second picture is not kept");
  const replay = () => ada.submit(page, `${path}/comments`, { comment: "Said once" });
  await Promise.all([replay(), replay()]);
  assert.equal((await ada.page(path)).match(/Said once/g)?.length, 1);
  await replay();
  assert.match(await ada.page(path), /This comment is posted already: its form was sent twice\./);
});

test("a session that has ended meanwhile loses nobody's text", async () => {
  const ben = await new Visitor(site).signUp("Ben");
  const form = await ben.page("/notices/new");
  await ben.send("/", {}, "/sign-out");
  const answer = await ben.submit(form, "/notices/new", { title: "Kept", body: "Kept too" });
  assert.equal(answer.status, 403);
  const shown = await answer.text();
  assert.match(shown, /You are not signed in any more/);
  assert.match(shown, inTitle("Kept"));
  await ben.send("/sign-in", { name: "ben", password: "correct horse battery" });
  const entered = { title: "Kept", body: "Kept too" };
  const again = await ben.submit(shown, "/notices/new", entered);
  assert.equal(again.status, 403, "the form has no token of the new session yet");
  const last = await ben.submit(await again.text(), "/notices/new", entered);
  assert.equal(last.status, 303);
});
