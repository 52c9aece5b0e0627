import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { exec, useStack } from "@gatehouse/testing/chain";
import schedule from "../../schedule.ts";
import { Visitor } from "./visitor.ts";

const stack = await useStack();
const { https } = await stack.addresses();

/** Runs a program in the container of a service. @returns what it wrote */
async function inside(service: string, ...command: string[]): Promise<string> {
  const { code, output } = await exec(await stack.container(service), command);
  assert.equal(code, 0, output);
  return output.trim();
}

const sql = (statement: string) =>
  inside("db", "psql", "-U", "gatehouse", "-d", "gatehouse", "-Atc", statement);

const STATUS = `require("node:http").get({ socketPath: "/run/gatehouse/admin.sock", path: "/status" },
  (response) => response.pipe(process.stdout))`;

test("the container of the jobs has every task of the schedule, with its next time", async () => {
  const { state, tasks } = JSON.parse(await inside("jobs", "node", "-e", STATUS));
  assert.equal(state, "ready");
  const found = tasks.map(({ name, cron }: { name: string; cron: string }) => [name, cron]);
  assert.deepEqual(
    found,
    Object.entries(schedule).map(([name, { cron }]) => [name, cron]),
  );
  for (const { next } of tasks) assert.ok(Date.parse(next) > Date.now(), next);
});

test("expired sessions are deleted, and no others", async () => {
  const [gone, here] = [new Visitor(https), new Visitor(https)];
  await gone.signUp();
  const newest = await sql("select token_hash from sessions order by expires_at desc limit 1");
  await sql(`update sessions set expires_at = now() where token_hash = '${newest}'`);
  await here.signUp();
  const said = await inside("jobs", ...schedule.clearsessions.command);
  assert.match(said, /deleted [1-9]\d* expired sessions/);
  assert.equal(await sql("select count(*) from sessions where expires_at <= now()"), "0");
  assert.notEqual(await sql("select count(*) from sessions"), "0");
});

test("pictures of long ago that no notice uses are deleted from the volume, and no others", async () => {
  const [old, recent] = [`${randomUUID()}.png`, `${randomUUID()}.png`];
  const script = "touch -d '2 days ago' $1 && touch $2";
  await inside("app", "sh", "-c", `cd /srv/media && ${script}`, "sh", old, recent);
  await inside("jobs", ...schedule.clearpictures.command);
  const left = (await inside("app", "ls", "/srv/media")).split("\n");
  assert.equal(left.includes(old), false);
  assert.ok(left.includes(recent));
});
