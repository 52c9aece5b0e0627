import assert from "node:assert/strict";
import { test } from "node:test";
import { call, exec, useStack } from "@gatehouse/testing/chain";

const stack = await useStack();
const { http } = await stack.addresses();

/** Runs a query as the superuser, which only the container itself can do. */
async function query(statement: string): Promise<string> {
  const program = ["psql", "-U", "gatehouse", "-d", "gatehouse", "-Atc", statement];
  const { code, output } = await exec(await stack.container("db"), program);
  assert.equal(code, 0, output);
  return output.trim();
}

test("the site uses the database as gatehouse_site, and its tables are gatehouse_owner's", async () => {
  assert.equal((await call(`${http}/`, { headers: { cookie: "probe=1" } })).status, 200);
  const used = "select distinct usename from pg_stat_activity where client_addr is not null";
  assert.equal(await query(used), "gatehouse_site");
  const tables = "select distinct tableowner from pg_tables where schemaname = 'public'";
  assert.equal(await query(tables), "gatehouse_owner");
});

test("manage check finds nothing wrong with the running site", async () => {
  const check = ["node", "services/app/manage.ts", "check"];
  const { code, output } = await exec(await stack.container("app"), check);
  assert.equal(code, 0, output);
});
