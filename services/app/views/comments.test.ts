import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { eq } from "../database/drizzle.ts";
import { users } from "../models/schema.ts";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { Visitor } from "../testing/visitor.ts";

const embedded = await openTestDatabase();
const { site } = createTestSite(embedded);
const ada = await new Visitor(site).signUp("Ada");
const ben = await new Visitor(site).signUp("Ben");
const mod = await new Visitor(site).signUp("Mod");
await embedded.database.update(users).set({ moderator: true }).where(eq(users.name, "Mod"));
const guest = new Visitor(site);

let notice: string;
let comment: string;
beforeEach(async () => {
  notice = await ada.post();
  comment = await ben.comment(notice, "Ben's words");
});

/** Sends a form and follows its redirect. @returns where it leads, and that page */
async function followed(visitor: Visitor, response: Response) {
  assert.equal(response.status, 303);
  const location = response.headers.get("location") ?? "";
  return { location, page: await visitor.page(location) };
}

test("every change of a comment leads back to the comments, and says what was done", async () => {
  const changes: [Visitor, () => Promise<Response>, RegExp][] = [
    [
      ben,
      () => ben.send(notice, { comment: "More words" }, `${notice}/comments`),
      /Your comment is posted\./,
    ],
    [ben, () => ben.send(`${comment}/edit`, { comment: "Others" }), /Your comment is saved\./],
    [mod, () => mod.send(notice, { hidden: "yes" }, `${comment}/hide`), /The comment is hidden\./],
    [
      mod,
      () => mod.send(notice, { hidden: "no" }, `${comment}/hide`),
      /The comment is visible again\./,
    ],
    [ben, () => ben.send(`${comment}/delete`, {}), /The comment is deleted\./],
  ];
  for (const [visitor, change, says] of changes) {
    const { location, page } = await followed(visitor, await change());
    assert.equal(location, `${notice}#comments`);
    assert.match(page, says);
  }
});

test("a comment whose form is sent twice is posted once", async () => {
  const form = await ada.page(notice);
  const send = () => ada.submit(form, `${notice}/comments`, { comment: "Only once" });
  await send();
  const { page } = await followed(ada, await send());
  assert.match(page, /Your comment is already posted: it was sent twice\./);
  assert.equal(page.match(/Only once/g)?.length, 1);
});

test("a comment without words is not saved: its form comes back", async () => {
  for (const [path, action, heading] of [
    [notice, `${notice}/comments`, "Comments"],
    [`${comment}/edit`, `${comment}/edit`, "Edit your comment"],
  ] as const) {
    const response = await ben.send(path, { comment: " \n " }, action);
    assert.equal(response.status, 422, action);
    assert.match(await response.text(), new RegExp(`${heading}.*Enter your comment\\.`, "s"));
  }
  assert.match(await guest.page(notice), /Ben&#39;s words/);
});

test("the author sees the words to edit, and the words that a deletion would delete", async () => {
  assert.match(await ben.page(`${comment}/edit`), /Ben&#39;s words<\/textarea>/);
  const question = await ben.page(`${comment}/delete`);
  assert.match(question, /<h1>Delete this comment\?<\/h1>.*Ben&#39;s words/s);
  assert.match(question, new RegExp(`href="${notice}">Cancel`));
  assert.match(await ada.page(`${notice}/delete`), /<h1>Delete this notice\?<\/h1>.*A title/s);
});

test("a guest who wants to change a comment signs in first, and comes back", async () => {
  for (const action of ["edit", "delete"]) {
    const response = await guest.request(`${comment}/${action}`);
    assert.equal(response.status, 303);
    const next = encodeURIComponent(`${comment}/${action}`);
    assert.equal(response.headers.get("location"), `/sign-in?next=${next}`);
  }
});

test("a form of a session that is over saves nothing, keeps the words and says why", async () => {
  const changed = /Your session has changed since you opened this page\. Nothing was saved\./;
  const out = /You are signed out, so nothing was saved\./;
  for (const action of [`${notice}/comments`, `${comment}/edit`]) {
    for (const [visitor, says] of [
      [ben, changed],
      [guest, out],
    ] as const) {
      const body = new URLSearchParams({ csrf: "of another session", comment: "Kept words" });
      const response = await visitor.request(action, { method: "POST", body });
      assert.equal(response.status, 403, action);
      const page = await response.text();
      assert.match(page, says);
      assert.match(page, /Kept words<\/textarea>/);
    }
  }
  assert.doesNotMatch(await guest.page(notice), /Kept words/);
});

test("a refused button says why", async () => {
  const post = async (visitor: Visitor, path: string, csrf: string) => {
    const body = new URLSearchParams({ csrf, hidden: "yes" });
    const response = await visitor.request(path, { method: "POST", body });
    return `${response.status} ${await response.text()}`;
  };
  const [bens, adas] = [await ben.csrf(), await ada.csrf()];
  assert.match(await post(ben, `${comment}/hide`, bens), /^403 .*Only moderators can do this\./s);
  assert.match(await post(ada, `${comment}/delete`, adas), /^403 .*Only the author can do this\./s);
  assert.match(await post(ben, `${comment}/delete`, adas), /^403 .*Your session has changed/s);
  assert.match(await guest.page(notice), /Ben&#39;s words/);
});

test("a comment that does not exist, or is hidden from the visitor, is not found", async () => {
  assert.equal(await ben.status("/comments/999999/edit"), 404);
  await mod.send(notice, { hidden: "yes" }, `${comment}/hide`);
  assert.equal(await ada.status(`${comment}/edit`), 404);
  assert.equal(await ben.status(`${comment}/edit`), 200);
});
