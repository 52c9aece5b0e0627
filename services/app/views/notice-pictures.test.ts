import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { file, PNG, Visitor } from "../testing/visitor.ts";

const { site, media } = createTestSite(await openTestDatabase());
const ada = await new Visitor(site).signUp("Ada");

const pictureOf = (page: string): string => /src="(\/pictures\/[^"]+)"/.exec(page)?.[1] ?? "";

/** Sends a notice without a title, so that its form comes back and keeps the picture. */
async function uploaded() {
  const response = await ada.send("/notices/new", { title: "", body: "x", picture: file(PNG) });
  const form = await response.text();
  const value = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(form)?.[1];
  return { form, kept: value("kept") ?? "", seal: value("kept-seal") ?? "" };
}

/** The picture of the notice that a form of this visitor posts. */
async function posted(form: string, fields: Record<string, string>) {
  const response = await ada.submit(form, "/notices/new", { title: "t", body: "b", ...fields });
  assert.equal(response.status, 303);
  return pictureOf(await ada.page(response.headers.get("location") ?? ""));
}

test("the seal of a kept picture is for that picture and that form", async () => {
  const [first, second] = [await uploaded(), await uploaded()];
  const plain = await ada.page("/notices/new");
  const { kept, seal } = first;
  assert.equal(await posted(second.form, { kept, "kept-seal": second.seal }), "", "its seal");
  assert.equal(await posted(plain, { kept, "kept-seal": seal }), "", "another form");
  assert.equal(await posted(plain, { kept }), "", "no seal");
  assert.equal(await posted(first.form, {}), `/pictures/${kept}`);
});

test("only the form of a notice with a picture offers to remove it", async () => {
  const remove = /Replace the picture.*Remove the picture/s;
  const without = await ada.post();
  const withOne = await ada.post({ picture: file(PNG) });
  assert.doesNotMatch(await ada.page(`${without}/edit`), remove);
  assert.match(await ada.page(`${withOne}/edit`), remove);
  assert.doesNotMatch(await ada.page("/notices/new"), remove);
  assert.match((await uploaded()).form, remove);
});

test("the file of a picture goes with it: when another one takes its place, and when it is removed", async () => {
  const path = await ada.post({ picture: file(PNG) });
  const pictureNow = async () => pictureOf(await ada.page(path)).slice("/pictures/".length);
  const first = await pictureNow();
  assert.ok((await readdir(media)).includes(first));
  const text = { title: "t", body: "b" };
  assert.equal((await ada.send(`${path}/edit`, { ...text, picture: file(PNG) })).status, 303);
  const second = await pictureNow();
  const files = await readdir(media);
  assert.deepEqual([files.includes(first), files.includes(second)], [false, true]);
  assert.equal((await ada.send(`${path}/edit`, { ...text, remove: "yes" })).status, 303);
  assert.equal((await readdir(media)).includes(second), false);
});

test("a picture that cannot be used comes back with its form and its reason", async () => {
  const words = file(Buffer.from("words"));
  const response = await ada.send("/notices/new", { title: "t", body: "Kept", picture: words });
  assert.equal(response.status, 415);
  assert.match(await response.text(), /Kept<\/textarea>/);
});

test("a button is refused without the token of its session's forms, to the author too", async () => {
  const path = await ada.post();
  const ben = await new Visitor(site).signUp("Ben");
  for (const csrf of ["", "wrong", await ben.csrf()]) {
    const body = new URLSearchParams({ csrf });
    const response = await ada.request(`${path}/delete`, { method: "POST", body });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /Your session has changed/);
  }
  assert.equal(await ada.status(path), 200, "it is still there");
  const body = new URLSearchParams({ csrf: await ada.csrf() });
  const response = await ada.request(`${path}/delete`, { method: "POST", body });
  assert.equal(response.status, 303);
});

test("a notice that is hidden or gone cannot be saved", async () => {
  const form = await ada.page("/notices/new");
  const csrf = /name="csrf" value="([^"]+)"/.exec(form)?.[1] ?? "";
  const body = new URLSearchParams({ csrf, title: "t", body: "b" });
  const response = await ada.request("/notices/999999/edit", { method: "POST", body });
  assert.equal(response.status, 404);
});
