import assert from "node:assert/strict";
import { test } from "node:test";
import { unreachablePool } from "./testing/database.ts";
import { createTestSite } from "./testing/site.ts";
import { Visitor } from "./testing/visitor.ts";

const pool = await unreachablePool();
const { site } = createTestSite(pool);
const headers = { "x-request-id": "0198-three" };

test("an unknown address gets a page with the request id", async () => {
  const response = await site.request("/nowhere", { headers });
  assert.equal(response.status, 404);
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(await response.text(), /Page not found.*0198-three/s);
});

test("a client that prefers JSON, and the API, get problem details", async () => {
  for (const [path, accept] of [
    ["/nowhere", "application/json"],
    ["/api/nowhere", "text/html"],
  ] as const) {
    const response = await site.request(path, { headers: { ...headers, accept } });
    assert.equal(response.headers.get("content-type"), "application/problem+json");
    assert.deepEqual(await response.json(), {
      title: "Page not found",
      status: 404,
      detail: "Please check the address, or start at the notice board.",
      request_id: "0198-three",
    });
  }
});

test("a wrong method gets 405 with the right ones", async () => {
  for (const method of ["PUT", "DELETE", "OPTIONS"]) {
    const response = await site.request("/sign-in", { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, HEAD, POST");
  }
});

test("an internal error gets 500; its detail is in the log, not on the page", async () => {
  const { site, lines } = createTestSite({
    query: () => Promise.reject(new Error("a secret detail")),
    listen: () => () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
  const response = await site.request("/", { headers });
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.match(text, /0198-three/);
  assert.doesNotMatch(text, /secret/);
  const [failure, access] = lines;
  assert.equal(failure?.message, "request failed");
  assert.equal(failure?.request_id, "0198-three");
  assert.match(String(failure?.error), /a secret detail/);
  assert.equal(access?.status, 500);
});

test("every request leaves one log line with the chain's fields in their sequence", async () => {
  const { site, lines } = createTestSite(pool);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const headers = { "x-request-id": "0198-four", traceparent };
  await site.request("http://board.test/nowhere?q=%20a&b", { headers });
  assert.equal(lines.length, 1);
  const [line] = lines;
  assert.deepEqual(Object.keys(line ?? {}), [
    "level",
    "message",
    "request_id",
    "traceparent",
    "trace_id",
    "method",
    "target",
    "status",
    "duration_ms",
  ]);
  assert.equal(line?.request_id, "0198-four");
  assert.equal(line?.traceparent, traceparent);
  assert.equal(line?.trace_id, "0af7651916cd43dd8448eb211c80319c");
  assert.equal(line?.target, "/nowhere?q=%20a&b");
  assert.equal(line?.status, 404);
  assert.equal(typeof line?.duration_ms, "number");
});

test("HEAD has the fields of GET and keeps nothing open", async () => {
  const { site } = createTestSite(pool, { APP_LIVE_STREAMS: "1" });
  for (let count = 0; count < 3; count += 1) {
    const head = await site.request("/events", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-type"), "text/event-stream");
    assert.equal(head.body, null);
  }
  const stream = await site.request("/events");
  assert.equal(stream.status, 200, "the only stream is free");
  await stream.body?.cancel();
});

test("pages allow no inline script, no inline style and no frame around them", async () => {
  for (const path of ["/nowhere", "/chain", "/sign-in"]) {
    const response = await site.request(path);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'.*script-src 'self'; style-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("strict-transport-security"), null);
    assert.doesNotMatch(
      await response.text(),
      /<style|<script>|<script type="module">| style=| on\w+=/,
    );
  }
});

const https = { "x-forwarded-proto": "https", "x-forwarded-host": "board.test:8443" };

/** The status of an empty form: 422 from the view, 403 if it is refused before. */
async function formStatus(headers: Record<string, string>): Promise<number> {
  const url = "http://127.0.0.1:8080/sign-in";
  return (await site.request(url, { method: "POST", headers, body: new URLSearchParams() })).status;
}

test("a form of the page's own origin is accepted, over HTTP and over HTTPS", async () => {
  assert.equal(await formStatus({ origin: "http://127.0.0.1:8080" }), 422);
  assert.equal(await formStatus({ origin: "https://board.test:8443", ...https }), 422);
  assert.equal(await formStatus({ "sec-fetch-site": "same-origin" }), 422);
  assert.equal(await formStatus({ "sec-fetch-site": "none" }), 422);
});

test("a form of another host, scheme or port is refused, and one of a null origin", async () => {
  for (const origin of [
    "http://evil.test",
    "http://board.test:8443",
    "https://board.test",
    "null",
  ]) {
    assert.equal(await formStatus({ origin, ...https }), 403, origin);
  }
  const sibling = { "sec-fetch-site": "same-site", origin: "https://a.board.test" };
  assert.equal(await formStatus(sibling), 403);
  assert.equal(await formStatus({ origin: "null", "x-forwarded-host": "no host" }), 403);
});

for (const site of ["cross-site", "same-site"]) {
  test(`without Origin, a form that is ${site} is refused`, async () => {
    assert.equal(await formStatus({ "sec-fetch-site": site }), 403);
  });
}

test("a client that is not a browser may post", async () => {
  assert.equal(await formStatus({}), 422);
});

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
