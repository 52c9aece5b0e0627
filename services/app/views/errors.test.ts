import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite, unreachablePool } from "../testing/site.ts";

const pool = await unreachablePool();
const { site } = createTestSite(pool);
const headers = { "x-request-id": "0198-three" };

test("an unknown address gets a page with the request's id", async () => {
  const answer = await site.request("/nowhere", { headers });
  assert.equal(answer.status, 404);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(await answer.text(), /There is no such page.*0198-three/s);
});

test("a client that asks for JSON, and the API, get problem details", async () => {
  for (const [path, accept] of [
    ["/nowhere", "application/json"],
    ["/api/nowhere", "text/html"],
  ] as const) {
    const answer = await site.request(path, { headers: { ...headers, accept } });
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.deepEqual(await answer.json(), {
      title: "There is no such page",
      status: 404,
      detail: "Check the address, or start at the notice board.",
      request_id: "0198-three",
    });
  }
});

test("a wrong method gets 405 and is told the right ones", async () => {
  for (const method of ["PUT", "DELETE", "OPTIONS"]) {
    const answer = await site.request("/sign-in", { method });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get("allow"), "GET, HEAD, POST");
  }
});

test("a mistake of ours gets 500: its detail is in the log and not on the page", async () => {
  const ask = () => Promise.reject(new Error("a secret detail"));
  const { site, lines } = createTestSite({
    ask,
    listen: () => () => Promise.resolve(),
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
  const answer = await site.request("/", { headers });
  assert.equal(answer.status, 500);
  const text = await answer.text();
  assert.match(text, /0198-three/);
  assert.doesNotMatch(text, /secret/);
  const [failure, access] = lines;
  assert.equal(failure?.message, "request failed");
  assert.equal(failure?.request_id, "0198-three");
  assert.match(String(failure?.error), /a secret detail/);
  assert.equal(access?.status, 500);
});
