import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FreshClone } from "../first-run/fresh-clone.ts";
import { call } from "../stack/http.ts";
import { TlsPostgres } from "./tls-postgres.ts";

// One clone and one database for all tests, in order: a site that moves to a provider's database and back.
let clone: FreshClone;
let database: TlsPostgres;
before(async () => {
  clone = await FreshClone.make();
  database = await TlsPostgres.start(clone.stack.project);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await clone[Symbol.asyncDispose]();
});

async function makeUp(): Promise<void> {
  const { code, stdout, stderr } = await clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
}

const pageStatus = async () =>
  (await call(`http://127.0.0.1:${clone.ports[0]}/`, { agent: false })).status;

const secret = (name: string) => join(clone.root, "secrets", name);

/** The line of make doctor about the database, and its exit code. */
async function doctor(...lines: string[]): Promise<string> {
  await clone.setEnv(...lines);
  const { code, stdout } = await clone.run("doctor.ts");
  const row = stdout.split("\n").find((line) => /^\S+ +(database|settings) +.*DATABASE/.test(line));
  return `${code} ${row?.replaceAll(/ +/g, " ") ?? stdout}`;
}

/** The connections to the external database, except ours: "role encrypted". */
const connections = async () =>
  (
    await database.sql(
      "SELECT DISTINCT usename || ' ' || CASE WHEN ssl THEN 'TLS' ELSE 'plain' END FROM pg_stat_activity " +
        "JOIN pg_stat_ssl USING (pid) WHERE client_addr IS NOT NULL ORDER BY 1",
    )
  ).split("\n");

test("make up without DATABASE_URL runs a database of the stack's own", async () => {
  await makeUp();
  assert.equal((await clone.stack.containers("db")).length, 1);
  assert.equal(await pageStatus(), 200);
});

test("make doctor says in one line why a URL lets nobody in", async () => {
  const url = (query: string, changes = {}) =>
    `DATABASE_URL=${database.url("site", query, changes)}`;
  const found = async (line: string) => await doctor(line);
  assert.match(
    await found(url("sslmode=require", { password: "wrong" })),
    /^78 problem database \.env:\d+: DATABASE_URL \(site at \S+\/shop\): the server refuses site \(.+\): put /,
  );
  assert.match(
    await found(url("sslmode=require", { address: "127.0.0.2:1" })),
    /^78 problem settings \.env:\d+: DATABASE_URL: in a container 127\.0\.0\.2 is the container itself/,
  );
  const nowhere = { address: new URL(database.url("site", "")).hostname.concat(":1") };
  assert.match(
    await found(url("sslmode=require", nowhere)),
    /^69 problem database .+: no server responds at \S+:1 \(ECONNREFUSED\): start it/,
  );
  assert.match(
    await found(url("sslmode=require").replace("/shop?", "/shops?")),
    /^78 problem database .+: the server has no database shops$/,
  );
  assert.match(
    await found(url("sslmode=verify-full")),
    /^78 problem database .+: its certificate is not trusted \(\w+\): put .+ secrets\/database_ca\.crt$/,
  );
  assert.match(await found(url("sslmode=on")), /^78 problem settings .+: expected postgres:/);
  for (const query of [
    "sslmode=disable",
    "sslmode=require",
    "sslmode=require&channel_binding=require",
    `sslmode=verify-full&sslrootcert=${database.authorityFile}`,
  ]) {
    assert.match(
      await found(url(query)),
      /^0 ok database DATABASE_URL lets site at \S+ in$/,
      query,
    );
  }
});

test("with DATABASE_URL the application and migrate use that database, over TLS that they verify", async () => {
  const query = `sslmode=verify-full&sslrootcert=${database.authorityFile}`;
  await clone.setEnv(
    `DATABASE_URL=${database.url("site", query)}`,
    `DATABASE_MIGRATE_URL=${database.url("owner", query)}`,
  );
  await makeUp();
  assert.equal(await pageStatus(), 200);
  assert.deepEqual(await connections(), ["site TLS"]);
  const owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
  assert.equal(await database.sql(owners), "owner");
});

test("the stack's own database is stopped, and its data stays", async () => {
  assert.deepEqual(await clone.stack.containers("db"), []);
  const volume = `${clone.stack.project}_db`;
  execFileSync("docker", ["volume", "inspect", volume], { stdio: "pipe" });
});

test("the passwords are in files of secrets/ and in no environment, label or file that can be inspected", async () => {
  assert.equal(
    await readFile(secret("external_database_site_password"), "utf8"),
    database.password("site"),
  );
  assert.equal(
    await readFile(secret("external_database_password"), "utf8"),
    database.password("owner"),
  );
  const mode = (await stat(secret("external_database_password"))).mode & 0o777;
  assert.equal(mode.toString(8), "444");
  const shown = [
    await readFile(join(clone.root, ".env"), "utf8"),
    ...[...(await clone.stack.inspect()).values()].map((each) => JSON.stringify(each)),
  ].join("\n");
  for (const role of ["site", "owner"] as const) {
    const password = database.password(role);
    for (const form of [password, encodeURIComponent(password), encodeURI(password)]) {
      assert.equal(shown.includes(form), false, `the password of ${role}`);
    }
  }
});

test("make up again, and plain docker compose, change nothing", async () => {
  const ids = async () => (await clone.stack.containers()).map(({ Id }) => Id).sort();
  const before = await ids();
  await makeUp();
  execFileSync("docker", ["compose", "up", "--detach", "--wait", "--no-build"], {
    cwd: clone.root,
    stdio: "pipe",
  });
  assert.deepEqual(await ids(), before);
});

test("a URL of the shell outranks the line, and its password is in no environment either", async () => {
  const env = { DATABASE_URL: database.url("site", "sslmode=require") };
  const { code, stdout, stderr } = await clone.run("up.ts", { env });
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.deepEqual(await connections(), ["site TLS"]);
  const shown = JSON.stringify([...(await clone.stack.inspect()).values()]);
  assert.equal(shown.includes(encodeURIComponent(database.password("site"))), false);
});

test("without the line the stack's own database serves again", async () => {
  await clone.setEnv();
  await makeUp();
  assert.equal((await clone.stack.containers("db")).length, 1);
  assert.equal(await pageStatus(), 200);
  const serving = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'site'";
  assert.equal(await database.sql(serving), "0");
});
