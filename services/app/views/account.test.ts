import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { eq, sql } from "drizzle-orm";
import { sessions, signInAttempts } from "../models/schema.ts";
import { isSessionSeal, sessionSeal } from "../models/session.ts";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { PASSWORD, Visitor } from "../testing/visitor.ts";

const embedded = await openTestDatabase();
const { database } = embedded;
const limits = { APP_SIGN_IN_ATTEMPTS: "3", APP_SIGN_IN_ATTEMPTS_PER_CLIENT: "8" };
const { site } = createTestSite(embedded, limits);
await new Visitor(site).signUp("Ada");

const https = { "x-forwarded-proto": "https", "x-forwarded-host": "board.test" };
const cookieLine = (response: Response, name: string) =>
  response.headers.getSetCookie().find((line) => line.startsWith(`${name}=`)) ?? "";

test("over HTTPS the session cookie is a __Host- cookie, over HTTP a plain one", async () => {
  const fields = { name: "ada", password: PASSWORD };
  const ada = new Visitor(site, https);
  const set = cookieLine(await ada.send("/sign-in", fields), "__Host-session");
  const deleted = cookieLine(await ada.send("/", {}, "/sign-out"), "__Host-session");
  for (const line of [set, deleted]) {
    // Browsers ignore a __Host- cookie without Secure and Path=/, or with a Domain.
    const attributes = line.split("; ").slice(1);
    for (const word of ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]) {
      assert.ok(attributes.includes(word), `${line} has no ${word}`);
    }
    assert.doesNotMatch(line, /Domain/i);
  }
  assert.match(set, /Max-Age=1209600/);
  assert.match(deleted, /^__Host-session=; Max-Age=0/);
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

test("signing out ends the session, also for a copy of the cookie", async () => {
  const ada = new Visitor(site);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  const kept = ada.copy();
  await ada.send("/", {}, "/sign-out");
  assert.match(await ada.page("/"), /You are signed out\./);
  assert.doesNotMatch(await kept.page("/"), /Signed in as/);
});

test("the values in the sessions table sign no one in", async () => {
  const ada = new Visitor(site);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  const rows = await database.select().from(sessions);
  assert.ok(rows.length > 0);
  for (const { tokenHash } of rows) {
    const thief = await site.request("/", { headers: { cookie: `session=${tokenHash}` } });
    assert.doesNotMatch(await thief.text(), /Signed in as/);
  }
});

const AGO = sql`now() - interval '1 second'`;

test("an expired session signs no one in, and is deleted when the next one starts", async () => {
  const ada = new Visitor(site);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  const { tokenHash = "" } = (await database.select().from(sessions)).at(-1) ?? {};
  const own = eq(sessions.tokenHash, tokenHash);
  assert.match(await ada.page("/"), /Signed in as <bdi>Ada/);
  await database.update(sessions).set({ expiresAt: AGO }).where(own);
  assert.doesNotMatch(await ada.page("/"), /Signed in as/);
  assert.equal((await ada.request("/notices/new")).status, 303, "it leads to the sign-in page");
  await new Visitor(site).signUp("Grace");
  assert.deepEqual(await database.select().from(sessions).where(own), []);
});

test("a seal matches its session and purpose only, and is compared in constant time", (t) => {
  const compare = t.mock.method(crypto, "timingSafeEqual");
  syncBuiltinESMExports();
  t.after(() => {
    compare.mock.restore();
    syncBuiltinESMExports();
  });
  const seal = sessionSeal("token", "form");
  assert.ok(isSessionSeal(seal, "token", "form"));
  for (const [wrong, token, purpose] of [
    [`${seal.slice(0, -1)}${seal.endsWith("A") ? "B" : "A"}`, "token", "form"],
    [seal, "another token", "form"],
    [seal, "token", "picture a.png"],
  ] as const) {
    assert.ok(!isSessionSeal(wrong, token, purpose));
  }
  assert.equal(compare.mock.callCount(), 4);
  for (const wrong of ["", seal.slice(0, -1), `${seal}=`]) {
    assert.ok(!isSessionSeal(wrong, "token", "form"));
  }
});

test("a name can be taken once, in upper or lower case", async () => {
  const response = await new Visitor(site).send("/sign-up", { name: "ADA", password: PASSWORD });
  assert.equal(response.status, 422);
  assert.match(await response.text(), /This name is already taken.* value="ADA"/s);
});

test("an unknown name and a wrong password get the same response", async () => {
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

test("after too many wrong passwords an account gets 429; other accounts do not", async () => {
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
  assert.match(
    await refused.text(),
    /Too many attempts to sign in\. Please try again in 15 minutes\..* value="Ben"/s,
  );
  assert.equal((await attempt("Ada", PASSWORD)).status, 303);
});

test("the limit ends with its window, and expired windows are deleted", async () => {
  await new Visitor(site).signUp("Noor");
  const client = { "x-forwarded-for": "192.0.2.4" };
  const attempt = async (name: string, password: string) =>
    (await new Visitor(site, client).send("/sign-in", { name, password })).status;
  for (const expected of [422, 422, 422, 429]) {
    assert.equal(await attempt("Noor", "wrong"), expected);
  }
  await database.update(signInAttempts).set({ windowEndsAt: AGO });
  assert.equal(await attempt("Noor", PASSWORD), 303);
  await attempt("Yuki", "wrong");
  const keys = (await database.select().from(signInAttempts)).map(({ key }) => key).sort();
  assert.deepEqual(keys, ["account yuki", "client 192.0.2.4"]);
});

test("attempts count for all spellings of a name that find the account", async () => {
  await new Visitor(site).signUp("Ασ");
  const client = { "x-forwarded-for": "192.0.2.3" };
  const statuses: number[] = [];
  // JavaScript makes "ας" of the first one.
  for (const name of ["ΑΣ", "Ασ", "ασ", "αΣ"]) {
    const response = await new Visitor(site, client).send("/sign-in", { name, password: "wrong" });
    statuses.push(response.status);
  }
  assert.deepEqual(statuses, [422, 422, 422, 429]);
});

test("a client has a limit of attempts over all accounts", async () => {
  const client = { "x-forwarded-for": "192.0.2.2" };
  const statuses: number[] = [];
  for (let count = 0; count < 9; count += 1) {
    const fields = { name: `Nobody ${count}`, password: "wrong" };
    statuses.push((await new Visitor(site, client).send("/sign-in", fields)).status);
  }
  assert.deepEqual(statuses, [...Array(8).fill(422), 429]);
});

test("after signing in a guest gets the requested page, but never another site", async () => {
  const guest = new Visitor(site);
  const asked = await guest.request("/notices/new");
  assert.equal(asked.headers.get("location"), "/sign-in?next=%2Fnotices%2Fnew");
  const fields = { name: "Ada", password: PASSWORD };
  const entered = await guest.send("/sign-in?next=%2Fnotices%2Fnew", fields, "/sign-in");
  assert.equal(entered.headers.get("location"), "/notices/new");
  for (const next of ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)"]) {
    const path = `/sign-in?next=${encodeURIComponent(next)}`;
    const response = await new Visitor(site).send(path, fields, "/sign-in");
    assert.equal(response.headers.get("location"), "/", next);
  }
});
