import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { eq } from "../database/drizzle.ts";
import { users } from "../models/schema.ts";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { file, PASSWORD, PNG, Visitor } from "../testing/visitor.ts";

const embedded = await openTestDatabase();
const behind = createTestSite(embedded, { MEDIA_REDIRECT: "/protected-media/" }).site;
const { site, media } = createTestSite(embedded);
const ada = await new Visitor(site).signUp("Ada");
const ben = await new Visitor(site).signUp("Ben");
const mod = await new Visitor(site).signUp("Mod");
await embedded.database.update(users).set({ moderator: true }).where(eq(users.name, "Mod"));
const guest = new Visitor(site);

const pictureOf = (page: string): string => /src="(\/pictures\/[^"]+)"/.exec(page)?.[1] ?? "";
const cacheControl = async (visitor: Visitor, path: string) =>
  (await visitor.request(path)).headers.get("cache-control");

let path: string;
beforeEach(async () => {
  path = await ada.post({ title: "Ada's notice", body: "Ada's words", picture: file(PNG) });
});

test("everyone can see a picture, with the type of its bytes", async () => {
  const picture = pictureOf(await guest.page(path));
  const response = await guest.request(picture);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "image/png");
  assert.equal(response.headers.get("cache-control"), "public, max-age=60");
  assert.equal(response.headers.get("content-security-policy"), "default-src 'none'; sandbox");
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), PNG);
});

test("only the author and moderators can see a private picture", async () => {
  const secret = await ada.post({ picture: file(PNG), private: "yes" });
  const picture = pictureOf(await ada.page(secret));
  assert.equal(await ada.status(picture), 200);
  assert.equal(await mod.status(picture), 200);
  assert.equal(await ben.status(picture), 404);
  assert.equal(await guest.status(picture), 404);
  assert.equal(pictureOf(await ben.page(secret)), "");
  assert.equal(await cacheControl(ada, picture), "private, no-store");
});

test("the error page of a lost picture file is not shared", async () => {
  const picture = pictureOf(await ada.page(path));
  await rm(join(media, picture.slice("/pictures/".length)));
  const response = await ada.request(picture);
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("cache-control"), "private, no-store");
  assert.match(response.headers.get("content-security-policy") ?? "", /style-src 'self'/);
});

test("behind a web server, X-Accel-Redirect names the file", async () => {
  const picture = pictureOf(await guest.page(path));
  const response = await behind.request(picture);
  const name = picture.slice("/pictures/".length);
  assert.equal(response.headers.get("x-accel-redirect"), `/protected-media/${name}`);
  assert.equal(await response.text(), "");
});

test("an author edits the text, the picture and its privacy", async () => {
  const before = pictureOf(await ada.page(path));
  const fields = { title: "New title", body: "New words", picture: file(PNG), private: "yes" };
  const response = await ada.send(`${path}/edit`, fields);
  assert.equal(response.status, 303);
  const page = await ada.page(path);
  assert.match(page, /Your changes are saved.*New title.*edited.*New words/s);
  assert.notEqual(pictureOf(page), before);
  assert.equal(await ada.status(before), 404, "the old picture is deleted");
  await ada.send(`${path}/edit`, { title: "New title", body: "New words", remove: "yes" });
  assert.equal(pictureOf(await ada.page(path)), "");
});

test("an uploaded picture is kept while the form is corrected, for its author only", async () => {
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
  assert.equal(await ada.status(picture), 200);
  await ada.submit(form, "/notices/new", { ...rest, remove: "yes" });
  assert.equal(await ada.status(picture), 200, "the form was sent before");
});

test("a user and a client can upload a limited number of pictures in an hour; the form is kept", async () => {
  const environment = { APP_UPLOADS_PER_USER: "2", APP_UPLOADS_PER_CLIENT: "3" };
  const small = createTestSite({ ...embedded, close: () => Promise.resolve() }, environment);
  const from = (client: string) => new Visitor(small.site, { "x-forwarded-for": client });
  const visitor = async (name: string, client: string) => from(client).signUp(name);
  const picture = { title: "Many", body: "Pictures", picture: file(PNG) };
  const send = (each: Visitor) => each.send("/notices/new", picture);
  const eva = await visitor("Eva", "2001:db8:1::1");
  for (const expected of [303, 303]) assert.equal((await send(eva)).status, expected);
  const stored = (await readdir(small.media)).length;
  const refused = await send(eva);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 3000);
  assert.match(
    await refused.text(),
    /You have uploaded many pictures\. Please try again in 60 minutes\..*value="Many"/s,
  );
  assert.equal((await readdir(small.media)).length, stored, "nothing is written");
  const neighbour = await visitor("Finn", "2001:db8:1::2");
  assert.deepEqual([(await send(neighbour)).status, (await send(neighbour)).status], [303, 429]);
  assert.equal((await send(await visitor("Gwen", "2001:db8:2::1"))).status, 303);
  await eva.post({ title: "Without a picture" });
});

test("a user can send a limited number of pictures at once", async () => {
  const csrf = await ada.csrf();
  const rest = Promise.withResolvers<void>();
  const upload = async (whole: Promise<void>) => {
    const form = new FormData();
    const fields = { csrf, title: "At once", body: "Pictures", picture: file(PNG) };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const { headers, body } = new Request("http://board.test/", { method: "POST", body: form });
    const bytes = Buffer.from(await new Response(body).arrayBuffer());
    async function* slowly() {
      yield bytes.subarray(0, bytes.length - 20);
      await whole;
      yield bytes.subarray(bytes.length - 20);
    }
    const stream = ReadableStream.from(slowly());
    const type = { "content-type": headers.get("content-type") ?? "" };
    const init = { method: "POST", headers: type, body: stream, duplex: "half" } as const;
    return ada.request("/notices/new", init);
  };
  const slow = Array.from({ length: 4 }, () => upload(rest.promise));
  const drafts = async () => (await readdir(media)).filter((name) => name.startsWith("."));
  while ((await drafts()).length < 8) await setImmediate();
  const refused = await upload(Promise.resolve());
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "10"]);
  rest.resolve();
  const statuses = (await Promise.all(slow)).map(({ status }) => status);
  assert.deepEqual(statuses, [303, 303, 303, 303]);
  assert.equal((await upload(Promise.resolve())).status, 303);
});

test("no one edits, deletes or hides the notice of another, with or without the form", async () => {
  for (const action of ["edit", "delete"]) {
    assert.equal(await ben.status(`${path}/${action}`), 403);
    assert.equal(await guest.status(`${path}/${action}`), 303);
  }
  const csrf = await ben.csrf();
  const body = () => new URLSearchParams({ csrf, title: "x", body: "x", hidden: "yes" });
  for (const action of ["edit", "delete", "hide"]) {
    const response = await ben.request(`${path}/${action}`, { method: "POST", body: body() });
    assert.equal(response.status, 403, action);
  }
  assert.match(await guest.page(path), /Ada&#39;s notice.*Ada&#39;s words/s);
});

test("an author deletes a notice after a confirmation, with its picture and its comments", async () => {
  await ben.send(path, { comment: "A comment" }, `${path}/comments`);
  const files = (await readdir(media)).length;
  const response = await ada.send(`${path}/delete`, {});
  assert.equal(response.headers.get("location"), "/");
  assert.equal(await ada.status(path), 404);
  assert.equal((await readdir(media)).length, files - 1);
});

test("only its author and moderators see a hidden notice and its picture", async () => {
  const picture = pictureOf(await guest.page(path));
  await mod.send(path, { hidden: "yes" }, `${path}/hide`);
  for (const [visitor, status] of [
    [guest, 404],
    [ben, 404],
    [ada, 200],
    [mod, 200],
  ] as const) {
    assert.equal(await visitor.status(path), status);
    assert.equal(await visitor.status(picture), status);
  }
  // A shared cache must not keep it: guests may not see it.
  assert.equal(await cacheControl(ada, picture), "private, no-store");
  const id = path.slice("/notices/".length);
  assert.doesNotMatch(await guest.page("/"), new RegExp(`data-notice="${id}"`));
  assert.match(await ada.page(path), /A moderator has hidden this notice/);
  await mod.send(path, { hidden: "no" }, `${path}/hide`);
  assert.equal(await guest.status(path), 200);
  assert.equal(await cacheControl(guest, picture), "public, max-age=60");
});

test("an author edits and deletes a comment, a moderator hides it and shows it again", async () => {
  const comment = await ben.comment(path, "First\nwords");
  assert.match(await guest.page(path), /First\nwords/);
  await ben.send(`${comment}/edit`, { comment: "Second words" });
  assert.match(await guest.page(path), /edited.*Second words/s);
  await mod.send(path, { hidden: "yes" }, `${comment}/hide`);
  assert.doesNotMatch(await guest.page(path), /Second words/);
  assert.match(await ben.page(path), /hidden by a moderator.*Second words/s);
  await mod.send(path, { hidden: "no" }, `${comment}/hide`);
  assert.match(await guest.page(path), /Second words/);
  await ben.send(`${comment}/delete`, {});
  assert.match(await ben.page(path), /No comments yet/);
});

for (const [action, others] of [
  ["edit", { ada, mod }],
  ["delete", { ada, mod }],
  ["hide", { ada, ben }],
] as const) {
  for (const [name, visitor] of Object.entries(others)) {
    test(`${name} cannot ${action} ben's comment, with or without the form`, async () => {
      const comment = await ben.comment(path, "Ben's words");
      const fields = { csrf: await visitor.csrf(), comment: "Other words", hidden: "yes" };
      const body = new URLSearchParams(fields);
      const response = await visitor.request(`${comment}/${action}`, { method: "POST", body });
      assert.equal(response.status, 403);
      if (action !== "hide") assert.equal(await visitor.status(`${comment}/${action}`), 403);
      assert.match(await guest.page(path), /<div class="body" dir="auto">Ben&#39;s words<\/div>/);
    });
  }
}

test("a guest cannot change a comment", async () => {
  const comment = await ben.comment(path, "Ben's words");
  for (const action of ["edit", "delete", "hide"]) {
    const body = new URLSearchParams({ csrf: "", comment: "Other words", hidden: "yes" });
    const response = await guest.request(`${comment}/${action}`, { method: "POST", body });
    assert.equal(response.status, 403, action);
  }
  assert.match(await guest.page(path), /Ben&#39;s words/);
});

test("after signing in again an author can edit", async () => {
  const again = new Visitor(site);
  await again.send("/sign-in", { name: "Ada", password: PASSWORD });
  assert.match(await again.page(path), new RegExp(`href="${path}/edit"`));
});
