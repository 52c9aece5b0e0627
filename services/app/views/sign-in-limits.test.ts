import assert from "node:assert/strict";
import { test } from "node:test";
import { eq, sql } from "../database/drizzle.ts";
import { isDeviceOf, rememberDevice } from "../models/device.ts";
import { attempts, devices, users } from "../models/schema.ts";
import { openTestDatabase } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { PASSWORD, Visitor } from "../testing/visitor.ts";

const embedded = await openTestDatabase();
const { database } = embedded;
const limits = { APP_SIGN_IN_ATTEMPTS: "3", APP_SIGN_IN_ATTEMPTS_PER_CLIENT: "8" };
const { site } = createTestSite(embedded, limits);
/** Another site with the same data. */
const siteWith = (environment: Record<string, string>) =>
  createTestSite({ ...embedded, close: () => Promise.resolve() }, { ...limits, ...environment })
    .site;
const from = (client: string) => new Visitor(site, { "x-forwarded-for": client });
const signIn = (visitor: Visitor, name: string, password = "a wrong password") =>
  visitor.send("/sign-in", { name, password });
const statuses = async (count: number, attempt: (index: number) => Promise<Response>) => {
  const found: number[] = [];
  for (let index = 0; index < count; index += 1) found.push((await attempt(index)).status);
  return found;
};

for (const name of ["Ada", "Ben", "Ας"]) await from("198.51.100.1").signUp(name);

test("wrong passwords of one client lock itself out of the account, and no other client", async () => {
  const attacker = () => from("192.0.2.1");
  assert.deepEqual(await statuses(4, () => signIn(attacker(), "Ada")), [422, 422, 422, 429]);
  const refused = await signIn(attacker(), "ada", PASSWORD);
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.match(
    await refused.text(),
    /Too many attempts to sign in\. Please try again in 15 minutes\..* value="ada"/s,
  );
  assert.equal((await signIn(attacker(), "Ben", PASSWORD)).status, 303);
  assert.equal((await signIn(from("192.0.2.2"), "Ada", PASSWORD)).status, 303);
});

test("all addresses of a /64 are one client, and an IPv4 address is one however it is written", async () => {
  const network = (index: number) => `2001:db8:0:1:${index}::${index}`;
  const all = (index: number) => signIn(from(network(index)), "Ben");
  assert.deepEqual(await statuses(5, all), [422, 422, 422, 429, 429]);
  assert.equal((await signIn(from("2001:db8:0:2::1"), "Ben")).status, 422);
  const mapped = ["192.0.2.3", "::ffff:192.0.2.3", "::ffff:c000:203", " 192.0.2.3 "];
  const same = (index: number) => signIn(from(mapped[index] ?? ""), "Ada");
  assert.deepEqual(await statuses(4, same), [422, 422, 422, 429]);
});

test("attempts count for all spellings of a name that find the account", async () => {
  const names = ["ΑΣ", "Ας", "ας", "αΣ"];
  const spelled = (index: number) => signIn(from("192.0.2.4"), names[index] ?? "");
  assert.deepEqual(await statuses(4, spelled), [422, 422, 422, 429]);
  const wide = ["ada", "ＡＤＡ", "ａｄａ", "Ada"];
  const widths = (index: number) => signIn(from("192.0.2.5"), wide[index] ?? "");
  assert.deepEqual(await statuses(4, widths), [422, 422, 422, 429]);
});

test("a client has a limit of attempts over all accounts", async () => {
  const any = (index: number) => signIn(from("192.0.2.6"), `Nobody ${index}`);
  assert.deepEqual(await statuses(9, any), [...Array(8).fill(422), 429]);
});

test("many clients at one account have fewer attempts each, and its owner signs in all the same", async () => {
  const attacked = siteWith({ APP_SIGN_IN_ATTEMPTS_PER_ACCOUNT: "5" });
  const from = (client: string) => new Visitor(attacked, { "x-forwarded-for": client });
  await from("198.51.100.2").signUp("Cleo");
  const bots = (index: number) => signIn(from(`203.0.113.${index}`), "Cleo");
  assert.deepEqual(await statuses(8, bots), Array(8).fill(422));
  const late = () => signIn(from("203.0.113.200"), "Cleo");
  assert.deepEqual(await statuses(3, late), [422, 422, 429], "two, not three");
  assert.equal((await signIn(from("198.51.100.3"), "Cleo", PASSWORD)).status, 303);
});

test("a browser that has signed in before is not kept out, even by its own neighbours", async () => {
  const owner = from("192.0.2.7");
  await signIn(owner, "Ada", PASSWORD);
  await owner.send("/", {}, "/sign-out");
  assert.deepEqual(
    await statuses(9, (index) => signIn(from("192.0.2.7"), index < 4 ? "Ada" : `No ${index}`)),
    [422, 422, 422, 429, 422, 422, 422, 422, 429],
  );
  assert.equal((await signIn(from("192.0.2.7"), "Ada", PASSWORD)).status, 429);
  assert.equal((await signIn(owner, "Ada", PASSWORD)).status, 303);
});

test("a known browser has a limit too, and is known for its own account only", async () => {
  const owner = from("192.0.2.8");
  await signIn(owner, "Ada", PASSWORD);
  assert.deepEqual(await statuses(4, () => signIn(owner, "Ada")), [422, 422, 422, 429]);
  assert.equal((await signIn(from("192.0.2.8"), "Ada", PASSWORD)).status, 303);
  assert.deepEqual(await statuses(4, () => signIn(owner, "Ben")), [422, 422, 422, 429]);
  const rows = await database.select().from(devices);
  const forged = from("192.0.2.8");
  for (const { tokenHash } of rows) {
    forged.set("device", tokenHash);
    assert.equal((await signIn(forged, "Ben", PASSWORD)).status, 429, "the table helps no one");
  }
});

test("the limit ends with its window, and expired windows are deleted", async () => {
  const client = () => from("192.0.2.9");
  const attempt = () => signIn(client(), "Ben");
  assert.deepEqual(await statuses(4, attempt), [422, 422, 422, 429]);
  await database.update(attempts).set({ windowEndsAt: sql`now() - interval '1 second'` });
  const [ben] = await database.select().from(users).where(eq(users.name, "Ben"));
  assert.equal((await signIn(client(), "Ben", PASSWORD)).status, 303);
  await signIn(client(), "Yuki");
  const keys = (await database.select().from(attempts)).map(({ key }) => key).sort();
  assert.deepEqual(keys, [
    `account #${ben?.id}`,
    "account yuki",
    "client 192.0.2.9",
    "client 192.0.2.9 account yuki",
  ]);
});

test("twenty browsers of a user are known", async () => {
  const [{ id } = { id: 0 }] = await database.select().from(users).where(eq(users.name, "Ben"));
  const tokens: string[] = [];
  for (let count = 0; count < 21; count += 1) {
    tokens.push(await rememberDevice(database, id, undefined));
  }
  const known = await Promise.all(tokens.map((token) => isDeviceOf(database, id, token)));
  assert.equal(known.filter(Boolean).length, 20);
});

test("the device's cookie goes to the sign-in page alone, and over HTTPS is Secure", async () => {
  const cookie = async (headers: Record<string, string>) => {
    const response = await signIn(new Visitor(site, headers), "Ada", PASSWORD);
    return response.headers.getSetCookie().find((line) => line.includes("device=")) ?? "";
  };
  assert.match(
    await cookie({ "x-forwarded-for": "192.0.2.10" }),
    /^device=[\w-]{43}; Max-Age=34560000; Path=\/sign-in; HttpOnly; SameSite=Lax$/,
  );
  const https = { "x-forwarded-proto": "https", "x-forwarded-host": "board.test" };
  assert.match(await cookie(https), /^__Secure-device=.*; Path=\/sign-in; HttpOnly; Secure;/);
});

test("a client can create a limited number of accounts in an hour, others go on", async () => {
  const small = siteWith({ APP_SIGN_UPS_PER_CLIENT: "2" });
  const signUp = (client: string, name: string) =>
    new Visitor(small, { "x-forwarded-for": client }).send("/sign-up", {
      name,
      password: PASSWORD,
    });
  assert.equal((await signUp("2001:db8:5::1", "Dana")).status, 303);
  assert.equal((await signUp("2001:db8:5::2", "Ada")).status, 422);
  const refused = await signUp("2001:db8:5::3", "Emil");
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 3000);
  assert.match(
    await refused.text(),
    /Too many accounts.*try again in 60 minutes\..* value="Emil"/s,
  );
  assert.equal((await signUp("2001:db8:6::1", "Emil")).status, 303);
});

test("one client cannot fill the queue of passwords that are being hashed", async () => {
  const many = { APP_SIGN_IN_ATTEMPTS: "1000", APP_SIGN_IN_ATTEMPTS_PER_CLIENT: "1000" };
  const wide = siteWith(many);
  const send = (client: string, password: string) =>
    wide.request("/sign-in", {
      method: "POST",
      headers: { "x-forwarded-for": client },
      body: new URLSearchParams({ name: "Ada", password }),
    });
  const flood = Array.from({ length: 60 }, () => send("192.0.2.20", "a wrong password"));
  const owner = send("198.51.100.9", PASSWORD);
  assert.equal((await owner).status, 303);
  const refused = (await Promise.all(flood)).filter(({ status }) => status !== 422);
  assert.ok(refused.length > 0);
  for (const { status, headers } of refused) {
    assert.deepEqual([status, headers.get("retry-after")], [429, "1"]);
  }
});
