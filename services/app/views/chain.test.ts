import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite, openTestDatabase, unreachablePool } from "../testing/site.ts";
import { Visitor } from "../testing/visitor.ts";

const { site } = createTestSite(await openTestDatabase());
const behind = {
  "x-forwarded-proto": "https",
  "x-forwarded-host": "board.test",
  "x-request-id": "0198-chain",
};

test("without scripts the page tells what the server knows of this very request", async () => {
  const start = { "x-request-start": `t=${Date.now() - 40}` };
  const page = await new Visitor(site, { ...behind, ...start }).page("/chain");
  assert.match(page, /took it over <b>HTTPS<\/b> at <b>board\.test<\/b>/);
  assert.match(page, /replica <b>replica-a<\/b> gave it to worker <b>2<\/b>/);
  assert.match(page, /ran in process <b>4711<\/b>/);
  assert.match(page, /<b>was not asked<\/b>: this page needs no data/);
  assert.match(page, /<code>0198-chain<\/code>/);
  const [, span = "0"] = /from the web server to this line<\/dt><dd>([\d.]+) ms/.exec(page) ?? [];
  assert.ok(Number(span) >= 40, span);
});

test("it does not tell of a web server that was not there", async () => {
  const page = await new Visitor(site).page("/chain");
  assert.match(page, /<b>was not there<\/b>: the gateway was asked directly/);
  assert.match(page, /not told: no web server in front/);
});

test("somebody who is signed in sees what asking the database took", async () => {
  const ada = await new Visitor(site).signUp("Ada");
  assert.match(await ada.page("/chain"), /took <b>\d+\.\d ms<\/b> to tell who you are/);
});

test("each of its next requests says who has answered it, and is never a copy", async () => {
  const answer = await site.request("/chain/hop", { headers: behind });
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.deepEqual(await answer.json(), {
    replica: "replica-a",
    worker: 2,
    process: 4711,
    request: "0198-chain",
  });
});

test("it is there while the database is not, and so are the forms of accounts, filled", async () => {
  const { site } = createTestSite(await unreachablePool());
  const signedIn = { cookie: "session=some-token" };
  for (const path of ["/chain", "/chain/hop", "/about", "/sign-in", "/sign-up"]) {
    const answer = await site.request(path, { headers: signedIn });
    assert.equal(answer.status, 200, path);
  }
  for (const path of ["/sign-in", "/sign-up"]) {
    const fields = { name: "Ada", password: "correct horse battery" };
    const answer = await new Visitor(site).send(path, fields);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "5");
    assert.match(await answer.text(), /Accounts are out of reach.* value="Ada"/s);
  }
  const form = { csrf: "x", title: "Keep me", body: "And me" };
  const init = { method: "POST", headers: signedIn, body: new URLSearchParams(form) };
  const posted = await site.request("/notices/new", init);
  assert.equal(posted.status, 503);
  assert.match(await posted.text(), /may have been saved.* value="Keep me".*And me<\/textarea>/s);
});
