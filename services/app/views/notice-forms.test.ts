import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { eq } from "drizzle-orm";
import { users } from "../models/schema.ts";
import { file, PNG } from "../testing/pictures.ts";
import { createTestSite, openTestDatabase } from "../testing/site.ts";
import { PASSWORD, Visitor } from "../testing/visitor.ts";

const embedded = await openTestDatabase();
const behind = createTestSite(embedded, { APP_MEDIA_REDIRECT: "/protected-media/" }).site;
const { site, media } = createTestSite(embedded);
const ada = await new Visitor(site).signUp("Ada");
const ben = await new Visitor(site).signUp("Ben");
const mod = await new Visitor(site).signUp("Mod");
await embedded.database.update(users).set({ moderator: true }).where(eq(users.name, "Mod"));
const guest = new Visitor(site);

const pictureOf = (page: string): string => /src="(\/pictures\/[^"]+)"/.exec(page)?.[1] ?? "";
const statusOf = async (visitor: Visitor, path: string) => (await visitor.request(path)).status;

let path: string;
beforeEach(async () => {
  path = await ada.post({ title: "Ada's notice", body: "Ada's words", picture: file(PNG) });
});

test("a picture is shown to everybody, with the type that its bytes have", async () => {
  const picture = pictureOf(await guest.page(path));
  const answer = await guest.request(picture);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "image/png");
  assert.equal(answer.headers.get("cache-control"), "public, max-age=60");
  assert.equal(answer.headers.get("content-security-policy"), "default-src 'none'; sandbox");
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PNG);
});

test("a private picture is shown to its author and to moderators alone", async () => {
  const secret = await ada.post({ picture: file(PNG), private: "yes" });
  const picture = pictureOf(await ada.page(secret));
  assert.equal(await statusOf(ada, picture), 200);
  assert.equal(await statusOf(mod, picture), 200);
  assert.equal(await statusOf(ben, picture), 404);
  assert.equal(await statusOf(guest, picture), 404);
  assert.equal(pictureOf(await ben.page(secret)), "");
  const answer = await ada.request(picture);
  assert.equal(answer.headers.get("cache-control"), "private, no-store");
});

test("the page that says that a picture's file is lost is one visitor's own", async () => {
  const picture = pictureOf(await ada.page(path));
  await rm(join(media, picture.slice("/pictures/".length)));
  const answer = await ada.request(picture);
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get("cache-control"), "private, no-store");
  assert.match(answer.headers.get("content-security-policy") ?? "", /style-src 'self'/);
});

test("where a web server is in front, it is told which file to send", async () => {
  const picture = pictureOf(await guest.page(path));
  const answer = await behind.request(picture);
  const name = picture.slice("/pictures/".length);
  assert.equal(answer.headers.get("x-accel-redirect"), `/protected-media/${name}`);
  assert.equal(await answer.text(), "");
});

test("an author edits a notice: text, picture and who sees it", async () => {
  const before = pictureOf(await ada.page(path));
  const fields = { title: "New title", body: "New words", picture: file(PNG), private: "yes" };
  const answer = await ada.send(`${path}/edit`, fields);
  assert.equal(answer.status, 303);
  const page = await ada.page(path);
  assert.match(page, /Your changes are saved.*New title.*edited.*New words/s);
  assert.notEqual(pictureOf(page), before);
  assert.equal(await statusOf(ada, before), 404, "the picture before is gone");
  await ada.send(`${path}/edit`, { title: "New title", body: "New words", remove: "yes" });
  assert.equal(pictureOf(await ada.page(path)), "");
});

test("an uploaded picture is kept while the rest of the form is set right", async () => {
  const fields = { title: "", body: "The title is missing", picture: file(PNG) };
  const wrong = await ada.send("/notices/new", fields);
  assert.equal(wrong.status, 422);
  const form = await wrong.text();
  assert.match(form, /Your picture is uploaded/);
  const rest = { title: "Here it is", body: "The title is there" };
  const other = await ben.page("/notices/new");
  const [kept = "", seal = ""] = [...form.matchAll(/name="kept(?:-seal)?" value="([^"]*)"/g)].map(
    ([, value]) => value,
  );
  const stolen = await ben.submit(other, "/notices/new", { ...rest, kept, "kept-seal": seal });
  assert.equal(pictureOf(await ben.page(stolen.headers.get("location") ?? "")), "");
  const right = await ada.submit(form, "/notices/new", rest);
  const posted = right.headers.get("location") ?? "";
  const picture = pictureOf(await ada.page(posted));
  assert.equal(await statusOf(ada, picture), 200);
  await ada.submit(form, "/notices/new", { ...rest, remove: "yes" });
  assert.equal(await statusOf(ada, picture), 200, "sent again, the form changes nothing");
});

test("nobody edits, deletes or hides what is another's, by the form or past it", async () => {
  for (const action of ["edit", "delete"]) {
    assert.equal(await statusOf(ben, `${path}/${action}`), 403);
    assert.equal(await statusOf(guest, `${path}/${action}`), 303);
  }
  const csrf = /name="csrf" value="([^"]+)"/.exec(await ben.page("/"))?.[1] ?? "";
  const body = () => new URLSearchParams({ csrf, title: "x", body: "x", hidden: "yes" });
  for (const action of ["edit", "delete", "hide"]) {
    const answer = await ben.request(`${path}/${action}`, { method: "POST", body: body() });
    assert.equal(answer.status, 403, action);
  }
  assert.match(await guest.page(path), /Ada&#39;s notice.*Ada&#39;s words/s);
});

test("an author deletes a notice after a question, with its picture and its comments", async () => {
  await ben.send(path, { comment: "A comment" }, `${path}/comments`);
  const files = (await readdir(media)).length;
  const answer = await ada.send(`${path}/delete`, {});
  assert.equal(answer.headers.get("location"), "/");
  assert.equal(await statusOf(ada, path), 404);
  assert.equal((await readdir(media)).length, files - 1);
});

test("a moderator hides a notice from all but its author, with its picture, and shows it again", async () => {
  const picture = pictureOf(await guest.page(path));
  await mod.send(path, { hidden: "yes" }, `${path}/hide`);
  for (const [visitor, status] of [
    [guest, 404],
    [ben, 404],
    [ada, 200],
    [mod, 200],
  ] as const) {
    assert.equal(await statusOf(visitor, path), status);
    assert.equal(await statusOf(visitor, picture), status);
  }
  const id = path.slice("/notices/".length);
  assert.doesNotMatch(await guest.page("/"), new RegExp(`data-notice="${id}"`));
  assert.match(await ada.page(path), /A moderator has hidden this notice/);
  await mod.send(path, { hidden: "no" }, `${path}/hide`);
  assert.equal(await statusOf(guest, path), 200);
});

test("a comment is written, edited, hidden and deleted by those who may", async () => {
  await ben.send(path, { comment: "First\nwords" }, `${path}/comments`);
  const page = await ben.page(path);
  assert.match(page, /Your comment is posted.*First\nwords/s);
  const comment = `/comments/${/id="comment-(\d+)"/.exec(page)?.[1]}`;
  assert.equal(await statusOf(ada, `${comment}/edit`), 403);
  await ben.send(`${comment}/edit`, { comment: "Second words" });
  assert.match(await guest.page(path), /edited.*Second words/s);
  await mod.send(path, { hidden: "yes" }, `${comment}/hide`);
  assert.doesNotMatch(await guest.page(path), /Second words/);
  assert.match(await ben.page(path), /hidden by a moderator.*Second words/s);
  await ben.send(`${comment}/delete`, {});
  assert.match(await ben.page(path), /No comments yet/);
});

test("who signs in again finds the own notices editable", async () => {
  const again = new Visitor(site);
  await again.send("/sign-in", { name: "Ada", password: PASSWORD });
  assert.match(await again.page(path), new RegExp(`href="${path}/edit"`));
});
