import assert from "node:assert/strict";
import { test } from "node:test";
import { sessions } from "../models/schema.ts";
import { createTestSite, openTestDatabase } from "../testing/site.ts";
import { PASSWORD, Visitor } from "../testing/visitor.ts";

const embedded = await openTestDatabase();
const limits = { APP_SIGN_IN_ATTEMPTS: "3", APP_SIGN_IN_ATTEMPTS_PER_CLIENT: "8" };
const { site } = createTestSite(embedded, limits);
await new Visitor(site).signUp("Ada");

const https = { "x-forwarded-proto": "https", "x-forwarded-host": "board.test" };
const cookieLine = (answer: Response, name: string) =>
  answer.headers.getSetCookie().find((line) => line.startsWith(`${name}=`)) ?? "";

test("over HTTPS the session's cookie is one that only this host can set, over HTTP a plain one", async () => {
  const fields = { name: "ada", password: PASSWORD };
  const secure = await new Visitor(site, https).send("/sign-in", fields);
  const line = cookieLine(secure, "__Host-session");
  for (const word of ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]) {
    assert.ok(line.includes(word), `${line} has no ${word}`);
  }
  assert.doesNotMatch(line, /Domain/i);
  const plain = cookieLine(await new Visitor(site).send("/sign-in", fields), "session");
  assert.match(plain, /HttpOnly; SameSite=Lax$/);
});

test("signing in makes a new session and ends the one that the browser had", async () => {
  const ada = new Visitor(site);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  const before = ada.copy();
  assert.match(await before.page("/"), /Signed in as <bdi>Ada/);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  assert.notEqual(ada.cookies.get("session"), before.cookies.get("session"));
  assert.doesNotMatch(await before.page("/"), /Signed in as/);
});

test("signing out ends the session, whoever has kept the cookie", async () => {
  const ada = new Visitor(site);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  const kept = ada.copy();
  await ada.send("/", {}, "/sign-out");
  assert.match(await ada.page("/"), /You are signed out\./);
  assert.doesNotMatch(await kept.page("/"), /Signed in as/);
});

test("the table holds no token that signs anybody in", async () => {
  const ada = new Visitor(site);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  const rows = await embedded.database.select().from(sessions);
  assert.ok(rows.length > 0);
  for (const { tokenHash } of rows) {
    const thief = await site.request("/", { headers: { cookie: `session=${tokenHash}` } });
    assert.doesNotMatch(await thief.text(), /Signed in as/);
  }
});

test("a name can be taken once, in whichever case", async () => {
  const answer = await new Visitor(site).send("/sign-up", { name: "ADA", password: PASSWORD });
  assert.equal(answer.status, 422);
  assert.match(await answer.text(), /This name is taken.* value="ADA"/s);
});

test("an unknown name and a wrong password get the same answer", async () => {
  const wrong = await new Visitor(site).send("/sign-in", { name: "Ada", password: "wrong one" });
  const unknown = await new Visitor(site).send("/sign-in", { name: "Eve", password: "wrong one" });
  assert.equal(wrong.status, 422);
  assert.equal(unknown.status, 422);
  const texts = [await wrong.text(), await unknown.text()].map((text) =>
    text.replaceAll(/Ada|Eve/g, "N").replaceAll(/\d+(\.\d+)? ms/g, ""),
  );
  assert.equal(texts[0], texts[1]);
  await new Visitor(site).send("/sign-in", { name: "Ada", password: PASSWORD });
});

test("an account has so many attempts, then 429 even for the right password; others go on", async () => {
  await new Visitor(site).signUp("Ben");
  const client = { "x-forwarded-for": "192.0.2.1" };
  const attempt = (name: string, password: string) =>
    new Visitor(site, client).send("/sign-in", { name, password });
  for (let count = 0; count < 3; count += 1) {
    assert.equal((await attempt("Ben", "wrong")).status, 422);
  }
  const refused = await attempt("Ben", PASSWORD);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.match(await refused.text(), /Try again in 15 minutes.* value="Ben"/s);
  assert.equal((await attempt("Ada", PASSWORD)).status, 303);
});

test("a name has its attempts in common with all its spellings that find the account", async () => {
  await new Visitor(site).signUp("Ασ");
  const client = { "x-forwarded-for": "192.0.2.3" };
  const statuses: number[] = [];
  // JavaScript's small letters of the first are "ας".
  for (const name of ["ΑΣ", "Ασ", "ασ", "αΣ"]) {
    const answer = await new Visitor(site, client).send("/sign-in", { name, password: "wrong" });
    statuses.push(answer.status);
  }
  assert.deepEqual(statuses, [422, 422, 422, 429]);
});

test("a client has so many attempts over all accounts", async () => {
  const client = { "x-forwarded-for": "192.0.2.2" };
  const statuses: number[] = [];
  for (let count = 0; count < 9; count += 1) {
    const fields = { name: `Nobody ${count}`, password: "wrong" };
    statuses.push((await new Visitor(site, client).send("/sign-in", fields)).status);
  }
  assert.deepEqual(statuses, [...Array(8).fill(422), 429]);
});

test("a guest is led by way of the sign-in to the page that was asked for, and to no other site", async () => {
  const guest = new Visitor(site);
  const asked = await guest.request("/notices/new");
  assert.equal(asked.headers.get("location"), "/sign-in?next=%2Fnotices%2Fnew");
  const fields = { name: "Ada", password: PASSWORD };
  const entered = await guest.send("/sign-in?next=%2Fnotices%2Fnew", fields, "/sign-in");
  assert.equal(entered.headers.get("location"), "/notices/new");
  for (const next of ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"]) {
    const path = `/sign-in?next=${encodeURIComponent(next)}`;
    const answer = await new Visitor(site).send(path, fields, "/sign-in");
    assert.equal(answer.headers.get("location"), "/", next);
  }
});
