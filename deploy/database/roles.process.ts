import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import { chooseImages, ensureImages, imageOf } from "../images.ts";
import { temporaryFolder } from "../testing.ts";

const clone = openClone();
const settings = valuesOf(await readEnvironment(clone));
const say = () => {};
const chosen =
  settings.postgresImage || (await chooseImages(["POSTGRES_IMAGE"], say)).POSTGRES_IMAGE;
const images = { ...settings, postgresImage: chosen ?? "" };
await ensureImages(images, ["postgres"], say);

const secrets = await temporaryFolder({ after });
await chmod(secrets, 0o755);
const writeSecret = async (name: string, password: string) => {
  await writeFile(join(secrets, name), password);
  await chmod(join(secrets, name), 0o444);
};
const OLD = "the password of the first start";
await writeSecret("database_password", OLD);
await writeSecret("database_site_password", "it's the site's own\n");

async function docker(...args: string[]): Promise<string> {
  const { code, output, stdout } = await run("docker", args);
  assert.equal(code, 0, `docker ${args.join(" ")}: ${output}`);
  return stdout.trim();
}

/** A server on a volume of its own, which is removed after the tests. */
class Server {
  readonly #name = `gatehouse-roles-${randomUUID()}`;

  constructor() {
    after(() => run("docker", ["rm", "--force", "--volumes", this.#name]));
    after(() => run("docker", ["volume", "rm", "--force", this.#name]));
  }

  /** @param command what compose.yaml has; nothing: what it had before there were roles */
  async start(...command: string[]): Promise<void> {
    await run("docker", ["rm", "--force", this.#name]);
    const mounts = [
      `${this.#name}:/var/lib/postgresql/data`,
      `${secrets}:/run/secrets:ro`,
      ...(command.length === 0
        ? []
        : [
            `${join(import.meta.dirname, "start.sh")}:/etc/gatehouse/start.sh:ro`,
            `${join(import.meta.dirname, "roles.sql")}:/docker-entrypoint-initdb.d/roles.sql:ro`,
          ]),
    ];
    const variables = {
      POSTGRES_USER: "gatehouse",
      POSTGRES_DB: "gatehouse",
      POSTGRES_PASSWORD_FILE: "/run/secrets/database_password",
      PGDATA: "/var/lib/postgresql/data",
    };
    await docker(
      ...["run", "--detach", "--name", this.#name, "--user", "999:999", "--read-only"],
      ...["--tmpfs", "/tmp", "--tmpfs", "/var/run/postgresql:uid=999,gid=999,mode=0755"],
      ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"],
      ...mounts.flatMap((mount) => ["--volume", mount]),
      ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      ...[imageOf(images, "postgres"), ...command],
    );
    const since = performance.now();
    const ready = () =>
      run("docker", ["exec", this.#name, "pg_isready", "--quiet", "--host", "127.0.0.1"]);
    while ((await ready()).code !== 0) {
      const running = await docker("inspect", "--format", "{{.State.Running}}", this.#name);
      if (running !== "true" || isLate(since, 30_000)) {
        throw new Error((await run("docker", ["logs", this.#name])).output);
      }
      await pause(100);
    }
  }

  /** Runs a statement as the superuser, inside the container. @returns rows, columns with | */
  psql(statement: string): Promise<string> {
    const flags = ["--no-psqlrc", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"];
    return docker("exec", this.#name, "psql", ...flags, "-U", "gatehouse", "-c", statement);
  }

  /** Runs a statement as another container would: with a password. @returns the rows, or the error */
  async as(user: string, password: string, statement: string): Promise<string> {
    const url = `host=${await this.address()} user=${user} dbname=gatehouse`;
    const program = ["psql", url, "--no-psqlrc", "--tuples-only", "--no-align", "-c", statement];
    const variable = ["--env", `PGPASSWORD=${password}`];
    const { output } = await run("docker", ["exec", ...variable, this.#name, ...program]);
    return output.trim();
  }

  /** What psql and the server say while the roles are made once more. */
  async roles(): Promise<string> {
    const file = "/docker-entrypoint-initdb.d/roles.sql";
    const { output } = await run("docker", [
      ...["exec", this.#name, "psql", "-U", "gatehouse", "--file", file],
    ]);
    return output + (await run("docker", ["logs", this.#name])).output;
  }

  /** Why it does not start, in the words of its log. */
  async refusal(...command: string[]): Promise<string> {
    return await this.start(...command).then(
      () => assert.fail("it started"),
      (error: Error) => error.message,
    );
  }

  /** What the migration of an application does: tables of its own, and a schema for what it has done. */
  async migrate(user: string, password: string): Promise<void> {
    for (const statement of MIGRATION) {
      assert.doesNotMatch(await this.as(user, password, statement), /ERROR/, statement);
    }
  }

  address(): Promise<string> {
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    return docker("inspect", "--format", format, this.#name);
  }
}

const MIGRATION = [
  "create table if not exists members (id serial primary key, name text)",
  "create schema if not exists migrations",
  "create table if not exists migrations.done (id int)",
];

const COMMAND = ["bash", "/etc/gatehouse/start.sh", "postgres"];
const asOwner = (server: Server, statement: string) => server.as("gatehouse_owner", OLD, statement);
const asSite = (server: Server, statement: string) =>
  server.as("gatehouse_site", "it's the site's own", statement);

/** Objects of every kind that migrations make. */
const OBJECTS = `
  create schema shop;
  create table "Odd name" (id serial primary key, word text);
  create table parts (id int) partition by range (id);
  create table parts_1 partition of parts for values from (1) to (10);
  create view seen as select * from "Odd name";
  create materialized view kept as select * from "Odd name";
  create sequence numbers;
  create type mood as enum ('well');
  create type pair as (a int, b int);
  create domain short as text check (length(value) < 10);
  create function answer(int) returns int language sql as 'select 42';
  create procedure nothing() language sql as 'select 1';
  create table shop.orders (id bigint generated always as identity, mood mood);
  select lo_create(4711);
  create extension if not exists plpgsql;`;

/** What belongs to the superuser, apart from Postgres' own. */
const LEFT = `
  select 'class', oid::regclass::text from pg_class where relowner = 10 and relkind <> 't'
    and relnamespace not in (select oid from pg_namespace where nspname ~ '^pg_|^information_schema$')
    and relnamespace <> 'pg_toast'::regnamespace
  union all select 'routine', oid::regprocedure::text from pg_proc where proowner = 10
    and pronamespace not in (select oid from pg_namespace where nspname ~ '^pg_|^information_schema$')
  union all select 'type', oid::regtype::text from pg_type where typowner = 10
    and typnamespace not in (select oid from pg_namespace where nspname ~ '^pg_|^information_schema$')
  union all select 'schema', nspname from pg_namespace
    where nspowner = 10 and nspname !~ '^pg_|^information_schema$'
  union all select 'large object', oid::text from pg_largeobject_metadata where lomowner = 10
  union all select 'database', datname from pg_database
    where datdba = 10 and datname not in ('postgres', 'template0', 'template1')`;

const ROLES = `select rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
  from pg_roles where rolname ~ '^gatehouse_' order by 1`;

async function assertRoles(server: Server): Promise<void> {
  const none = "f|f|f|f|f";
  assert.equal(await server.psql(ROLES), `gatehouse_owner|${none}\ngatehouse_site|${none}`);
  assert.equal(await server.psql(LEFT), "");
  const owned = "select count(*) from pg_shdepend d join pg_roles r on r.oid = d.refobjid";
  const ofSite = `${owned} where rolname = 'gatehouse_site' and deptype = 'o'`;
  assert.equal(await server.psql(ofSite), "0", "the site owns nothing");
  assert.match(await server.as("gatehouse", OLD, "select 1"), /password authentication failed/);
  for (const statement of [
    "create table mine (id int)",
    "create temporary table mine (id int)",
    "create schema mine",
    "create role mine",
    "drop table members",
    "truncate members",
    "alter table members add column mine int",
    "delete from migrations.done",
    "set role gatehouse_owner",
    "set role gatehouse",
    "select pg_read_file('/etc/passwd')",
  ]) {
    assert.match(
      await asSite(server, statement),
      /permission denied|must be owner|cannot set parameter/,
      statement,
    );
  }
  assert.equal(await asSite(server, "update members set name = name where false"), "UPDATE 0");
  await server.migrate("gatehouse_owner", OLD);
  assert.equal(await asSite(server, "insert into members (name) values ('one')"), "INSERT 0 1");
  assert.equal(await asSite(server, "select count(*) from migrations.done"), "0");
  assert.equal(await asOwner(server, "create table news (id serial)"), "CREATE TABLE");
  assert.equal(await asSite(server, "insert into news default values"), "INSERT 0 1");
  assert.equal(await asOwner(server, "drop table news"), "DROP TABLE");
}

const fresh = new Server();

test("a new database has an owner and a site, and neither is a superuser", async () => {
  await fresh.start(...COMMAND);
  await fresh.migrate("gatehouse_owner", OLD);
  await assertRoles(fresh);
});

test("a later start takes the site's password of the day, and keeps what a migration has refused it", async () => {
  assert.equal(await asOwner(fresh, "revoke delete on members from gatehouse_site"), "REVOKE");
  await writeSecret("database_site_password", "another one of the site");
  await writeSecret("database_password", "not that of the volume");
  try {
    await fresh.start(...COMMAND);
    const site = (statement: string) =>
      fresh.as("gatehouse_site", "another one of the site", statement);
    assert.match(await site("delete from members"), /permission denied/);
    assert.match(await asSite(fresh, "select 1"), /password authentication failed/);
    const wrong = await fresh.as("gatehouse_owner", "not that of the volume", "select 1");
    assert.match(wrong, /password authentication failed/);
    assert.equal(await asOwner(fresh, "select 1"), "1");
  } finally {
    await writeSecret("database_site_password", "it's the site's own\n");
    await writeSecret("database_password", OLD);
  }
});

test("a volume of a superuser's is converted, with all that is in it", async () => {
  const old = new Server();
  await old.start();
  await old.migrate("gatehouse", OLD);
  await old.psql(OBJECTS);
  assert.notEqual(await old.psql(LEFT), "");
  await old.start(...COMMAND);
  await assertRoles(old);
  assert.equal(await asSite(old, `insert into "Odd name" (word) values ('x')`), "INSERT 0 1");
  assert.equal(await asSite(old, "select count(*) from seen, parts, shop.orders"), "0");
  assert.match(await asSite(old, "delete from shop.orders"), /permission denied/);
  for (const statement of [
    `alter table "Odd name" add column more int`,
    "refresh materialized view kept",
    "alter type mood add value 'ill'",
    "drop function answer(int)",
    "alter table shop.orders drop column mood",
    "drop schema shop cascade",
  ]) {
    assert.doesNotMatch(await asOwner(old, statement), /ERROR/, statement);
  }
});

test("an empty secret stops the start, and the log says so", async () => {
  await writeSecret("database_site_password", "");
  try {
    const server = new Server();
    await assert.rejects(
      server.start(...COMMAND),
      /the secret of the role gatehouse_site is empty/,
    );
  } finally {
    await writeSecret("database_site_password", "it's the site's own\n");
  }
});

test("a password that the server does not take is not in its log", async () => {
  const server = new Server();
  await server.start(...COMMAND);
  // A module of Postgres' own, for servers that are to take no short ones.
  await server.psql("alter system set shared_preload_libraries = 'passwordcheck'");
  await server.start(...COMMAND);
  await writeSecret("database_site_password", "sh0rt");
  try {
    // On a new volume psql runs it, and on one with data the server alone.
    const said = await server.roles();
    assert.match(said, /password of the role gatehouse_site cannot be set: password is too short/);
    const log = await server.refusal(...COMMAND);
    assert.match(log, /password is too short/);
    assert.doesNotMatch(said + log, /sh0rt/);
  } finally {
    await writeSecret("database_site_password", "it's the site's own\n");
  }
});
