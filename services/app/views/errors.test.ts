import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite, unreachablePool } from "../test-site.ts";

const { site } = createTestSite(unreachablePool());
const broken = () => createTestSite({ ask: () => Promise.reject(new Error("a secret detail")) });
const headers = { "x-request-id": "0198-three" };

test("an unknown address gets a page with the request's id", async () => {
  const answer = await site.request("/nowhere", { headers });
  assert.equal(answer.status, 404);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(await answer.text(), /There is no such page.*0198-three/s);
});

test("a client that asks for JSON gets problem details", async () => {
  const answer = await site.request("/nowhere", {
    headers: { ...headers, accept: "application/json" },
  });
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  const problem: unknown = await answer.json();
  assert.deepEqual(problem, {
    title: "There is no such page",
    status: 404,
    detail: "Check the address, or start at the notice board.",
    request_id: "0198-three",
  });
});

test("a wrong method gets 405 and is told the right ones", async () => {
  for (const method of ["PUT", "DELETE", "OPTIONS"]) {
    const answer = await site.request("/", { method });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get("allow"), "GET, HEAD, POST");
  }
});

test("a mistake of ours gets 500: its detail is in the log and not on the page", async () => {
  const { site, lines } = broken();
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

for (const [what, body, type, status] of [
  ["JSON", "{}", "application/json", 415],
  ["broken UTF-8", "name=%FF", "application/x-www-form-urlencoded", 400],
  ["100 KB", "a".repeat(100_000), "application/x-www-form-urlencoded", 413],
] as const) {
  test(`a form of ${what} gets ${status} and a page that says what to do`, async () => {
    const answer = await site.request("/", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    assert.equal(answer.status, status);
    assert.match(await answer.text(), /Nothing was saved\. Go back/);
  });
}
