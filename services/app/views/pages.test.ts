import assert from "node:assert/strict";
import { test } from "node:test";
import { unreachablePool } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { Visitor } from "../testing/visitor.ts";

const { site } = createTestSite(await unreachablePool());
const behind = {
  "x-forwarded-proto": "https",
  "x-forwarded-host": "board.test",
  "x-request-id": "0198-chain",
};

test("without JavaScript /chain shows what the server knows of this request", async () => {
  const start = { "x-request-start": `t=${Date.now() - 40}` };
  const page = await new Visitor(site, { ...behind, ...start }).page("/chain");
  assert.match(page, /received it over <b>HTTPS<\/b> at <b>board\.test<\/b>/);
  assert.match(page, /replica <b>replica-a<\/b> passed it to worker <b>2<\/b>/);
  assert.match(page, /ran in process <b>4711<\/b>/);
  assert.match(page, /<b>not used<\/b>: this page needs no data/);
  assert.match(page, /<code>0198-chain<\/code>/);
  const [, time = "0"] = /from the web server to this line<\/dt><dd>([\d.]+) ms/.exec(page) ?? [];
  assert.ok(Number(time) >= 40, time);
});

test("without a web server in front, /chain says so", async () => {
  const page = await new Visitor(site).page("/chain");
  assert.match(page, /<b>not used<\/b>: the request came to the gateway directly/);
  assert.match(page, /unknown: no web server in front/);
});

test("each of its next requests says who served it, and is never stored", async () => {
  const response = await site.request("/chain/hop", { headers: behind });
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.deepEqual(await response.json(), {
    replica: "replica-a",
    worker: 2,
    process: 4711,
    request: "0198-chain",
  });
});

test("without the database, pages without data work, and forms come back with their text", async () => {
  const signedIn = { cookie: "session=some-token" };
  for (const path of ["/chain", "/chain/hop", "/about", "/sign-in", "/sign-up"]) {
    const response = await site.request(path, { headers: signedIn });
    assert.equal(response.status, 200, path);
  }
  for (const path of ["/sign-in", "/sign-up"]) {
    const fields = { name: "Ada", password: "correct horse battery" };
    const response = await new Visitor(site).send(path, fields);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "5");
    assert.match(
      await response.text(),
      /Accounts are temporarily unavailable\. Please try again in 5 seconds\..* value="Ada"/s,
    );
  }
  for (const [path, fields, says] of [
    [
      "/notices/new",
      { title: "Keep me", body: "And me" },
      /may not be saved.* value="Keep me".*And me</s,
    ],
    ["/notices/7/comments", { comment: "And me" }, /may not be saved.*And me<\/textarea>/s],
    ["/comments/7/edit", { comment: "And me" }, /may not be saved.*And me<\/textarea>/s],
  ] as const) {
    const body = new URLSearchParams({ csrf: "x", ...fields });
    const response = await site.request(path, { method: "POST", headers: signedIn, body });
    assert.equal(response.status, 503, path);
    assert.equal(response.headers.get("retry-after"), "5");
    assert.match(await response.text(), says);
  }
});
