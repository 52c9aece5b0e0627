import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { test } from "node:test";
import { eq, sql } from "../database/drizzle.ts";
import { hashPassword } from "../models/password.ts";
import { sessions, users } from "../models/schema.ts";
import { clearSessions, isSessionSeal, sessionSeal } from "../models/session.ts";
import { addSkeletons } from "../models/user.ts";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { PASSWORD, Visitor } from "../testing/visitor.ts";

const embedded = await openTestDatabase();
const { database } = embedded;
const { site } = createTestSite(embedded, { APP_SIGN_UPS_PER_CLIENT: "10000" });
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

test("an expired session signs no one in, and alone is deleted when sessions are cleared", async () => {
  const ada = new Visitor(site);
  await ada.send("/sign-in", { name: "Ada", password: PASSWORD });
  const { tokenHash = "" } = (await database.select().from(sessions)).at(-1) ?? {};
  const own = eq(sessions.tokenHash, tokenHash);
  assert.match(await ada.page("/"), /Signed in as <bdi>Ada/);
  await database.update(sessions).set({ expiresAt: AGO }).where(own);
  assert.doesNotMatch(await ada.page("/"), /Signed in as/);
  assert.equal((await ada.request("/notices/new")).status, 303, "it leads to the sign-in page");
  const all = await database.$count(sessions);
  assert.equal(await clearSessions(database), 1);
  assert.deepEqual(await database.select().from(sessions).where(own), []);
  assert.equal(await database.$count(sessions), all - 1);
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
  assert.match(await response.text(), /This name is already taken, or looks like.* value="ADA"/s);
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

const signUp = async (name: string) => {
  const response = await new Visitor(site).send("/sign-up", { name, password: PASSWORD });
  return { status: response.status, page: await response.text() };
};
const signIn = async (name: string) =>
  (await new Visitor(site).send("/sign-in", { name, password: PASSWORD })).status;

for (const name of ["Paypal", "Ella", "José", "Marc 10", "Σίσυφος", "Ясос"]) {
  assert.equal((await signUp(name)).status, 303, name);
}

for (const [what, names] of Object.entries({
  "in another case": ["PAYPAL", "JOSÉ", "σίσυφοσ"],
  "in another width or composition": ["Ｐａｙｐａｌ", "Jose\u0301"],
  "in letters of another script": ["Раураӏ", "Ρауρаl", "Paypаl", "Еllа", "ЕӏӏА"],
  "with a capital I, a one or a zero for its letters": ["PaypaI", "E1la", "Marc lO"],
  "with small capitals or letters without a dot": ["ᴘᴀʏᴘᴀʟ", "Pɑypɑl"],
  "with characters that are not seen": [
    ...["Paypal\u034f", "Pay\u200dpal", "\u2060Paypal", "Pay\u00adpal", "Paypal\ufe0f"],
    ...["Paypal\u3164", "Paypal\uffa0", "Pay\u115fpal", "Pay\u{e0070}pal", "Pay\u180bpal"],
  ],
  "with invisible spaces at its ends": ["Paypal\ufeff", "\u00a0Paypal", "Paypal\u3000"],
  "in mathematical letters, ligatures or circles": ["𝐏𝐚𝐲𝐩𝐚𝐥", "ℙaypal", "Ⓟaypal", "Eˡla"],
  "with marks over each other": ["Ella\u0337\u0337", "E\u0316\u0317\u0318\u0319lla"],
  "that changes the direction": ["\u202ePaypal", "\u2067Paypal"],
})) {
  test(`a name cannot be taken again ${what}`, async () => {
    for (const name of names) {
      const { status, page } = await signUp(name);
      assert.equal(status, 422, JSON.stringify(name));
      assert.match(page, /already taken, or looks like one|Use letters of one script/);
    }
  });
}

test("a name is found in every width and case", async () => {
  for (const name of ["paypal", "ＰＡＹＰＡＬ", "JOSE\u0301", "ΣΊΣΥΦΟΣ"]) {
    assert.equal(await signIn(name), 303, name);
  }
});

test("accounts of before, whatever their names look like, can sign in, and their names stay theirs", async () => {
  const passwordHash = await hashPassword(PASSWORD);
  const old = ["Otto", "Otto\u034f", "Оttо", "Ｏｔｔｏ", "Ⅷ", "ﬁn"];
  await database.insert(users).values(old.map((name) => ({ name, passwordHash })));
  await addSkeletons(database);
  for (const name of old) {
    const visitor = new Visitor(site);
    await visitor.send("/sign-in", { name, password: PASSWORD });
    assert.ok((await visitor.page("/")).includes(`Signed in as <bdi>${name}<`), name);
  }
  for (const name of ["0tto", "Fin", "VIII"]) assert.equal((await signUp(name)).status, 422, name);
  const [first] = await database.select().from(users).where(eq(users.name, "Otto"));
  assert.equal(first?.nameSkeleton, "otto");
});
