import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { visit } from "../project/visitor.ts";
import { call, tiers } from "../stack/http.ts";
import { Operator } from "./operator.ts";
import { FOLDER, RemoteSite } from "./site.ts";

// A project of one's own on one server, in order, as in its life.
let site: RemoteSite;
before(async () => {
  site = await RemoteSite.claim(Operator.withProject("shop", "hono"));
});
after(async () => await site?.[Symbol.asyncDispose]());

const page = () => call(`http://${site.server.address}/`, { agent: false });

/** Commits a change of a file of the project. */
async function change(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(site.operator.root, file), "utf8");
  assert.ok(text.includes(from), `${file} has no ${from}`);
  await site.operator.write(file, text.replace(from, to));
  await site.operator.git("commit", "--quiet", "--all", "--message", to);
}

test("make server of a project makes a bare machine ready", async () => {
  await site.environment(`SERVER_HOST_KEY="${await site.server.hostKey()}"`);
  await site.operator.git("add", "--all");
  await site.operator.git("commit", "--quiet", "--message", "the lab");
  const { stdout } = await site.makes(["server"]);
  assert.match(stdout, /make deploy TO=lab deploys the commit that is checked out here/);
});

test("its first deploy starts the site there, and serves the page through the whole chain", async (t) => {
  const { stdout, seconds } = await site.makes(["deploy"]);
  t.diagnostic(`first deploy ${seconds.toFixed(1)} s`);
  assert.match(stdout, /sent \w+ the lab/);
  const response = await page();
  assert.equal(response.status, 200, response.text);
  assert.match(response.text, /<title>shop<\/title>/);
  assert.deepEqual(tiers(response), ["web", "queue", "gateway", "app"]);
  const git = `su deploy -s /bin/sh -c 'git -C ${FOLDER} status --porcelain'`;
  assert.equal(await site.server.sh(git), "");
});

test("the server has no package of the project's tests", async () => {
  const names = await site.server.sh(`ls ${FOLDER}/node_modules`);
  assert.match(names, /^@gatehouse$/m);
  assert.doesNotMatch(names, /^(typescript|@playwright|hono)$/m);
});

test("a changed page is deployed without losing a request, and a rollback brings the one before back", async (t) => {
  await change("app/page.ts", "Your entry", "Your words");
  for (const [words, shown] of [
    [["deploy"], /Your words/],
    [["rollback"], /Your entry/],
  ] as const) {
    const ended = new AbortController();
    const visitor = visit(`http://${site.server.address}`, ended.signal);
    const { seconds } = await site.makes(words);
    ended.abort();
    const { sent, failed } = await visitor;
    t.diagnostic(`${words[0]} ${seconds.toFixed(1)} s, ${sent} requests`);
    assert.deepEqual(failed, []);
    assert.ok(sent > 20, `${sent} requests`);
    assert.match((await page()).text, shown);
  }
  assert.match((await site.makes(["releases"])).stdout, /Your words/);
});

test("a release that does not start is refused, and commit and settings there are those from before", async () => {
  const head = () => site.server.sh(`su deploy -s /bin/sh -c 'git -C ${FOLDER} rev-parse HEAD'`);
  const before = await head();
  const server = await readFile(join(site.operator.root, "app/server.ts"), "utf8");
  await change("app/server.ts", server, `${server}throw new Error("no heart");\n`);
  const { code, stdout } = await site.make(["deploy"]);
  assert.notEqual(code, 0);
  assert.match(stdout, /no heart/);
  assert.equal(await head(), before);
  assert.equal((await page()).status, 200);
});

test("a backup is made there, by hand and every night", async () => {
  await site.makes(["backup"]);
  await site.server.sh("systemctl start gatehouse-backup@srv-shop.service");
  const { stdout } = await site.makes(["backups"]);
  assert.equal(stdout.match(/\d{4}-\d\d-\d\dT/g)?.length, 2, stdout);
});

test("the other commands work there: ps, exec, psql, status, doctor, maintenance and live", async () => {
  assert.match((await site.makes(["ps"])).stdout, /shop-web-\d/);
  assert.match((await site.makes(["exec", "RUN=node --version"])).stdout, /^v26/m);
  assert.match((await site.makes(["psql"], "SELECT 6 * 7;\n")).stdout, /\b42\b/);
  assert.match((await site.makes(["status", "ONCE=1"])).stdout, /app/);
  assert.match(
    (await site.makes(["doctor"])).stdout,
    /^ok +template .* differ: app\/page\.ts \(\+1 -1\)$/m,
  );
  await site.makes(["maintenance"]);
  assert.equal((await page()).status, 503);
  await site.makes(["live"]);
  assert.equal((await page()).status, 200);
});
