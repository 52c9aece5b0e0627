import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { call, docker, header, tiers, until, useStack } from "@gatehouse/testing/chain";

const stack = await useStack();
const { http, https } = await stack.addresses();

/** Sends the form, as a browser does. */
async function add(text: string): Promise<number> {
  const body = `--part\r\ncontent-disposition: form-data; name="text"\r\n\r\n${text}\r\n--part--\r\n`;
  const headers = { "content-type": "multipart/form-data; boundary=part", origin: https };
  return (await call(`${https}/entries`, { method: "POST", headers, body })).status;
}

test("the page comes through all tiers, over HTTP and HTTPS", async () => {
  for (const origin of [http, https]) {
    const response = await call(`${origin}/`);
    assert.equal(response.status, 200, response.text);
    assert.deepEqual(tiers(response), ["web", "queue", "gateway", "app"]);
  }
});

test("an entry is on the page, and is still there after the replicas were killed", async () => {
  const text = `chain ${randomUUID()}`;
  assert.equal(await add(text), 303);
  for (const { Id } of await stack.containers("app")) await docker.getContainer(Id).restart();
  await until(
    "the entry is on the page",
    async () => (await call(`${https}/`)).text.includes(text),
    { within: 60_000 },
  );
});

test("a form that another site has sent is refused", async () => {
  const headers = {
    "content-type": "multipart/form-data; boundary=part",
    origin: "https://other.example",
  };
  const response = await call(`${https}/entries`, {
    method: "POST",
    headers,
    body: "--part--\r\n",
  });
  assert.equal(response.status, 403);
});

test("the style sheet comes from the web server alone, and may be kept forever", async () => {
  const [, path = ""] = /href="(\/assets\/[^"]+)"/.exec((await call(`${https}/`)).text) ?? [];
  const response = await call(`${https}${path}`);
  assert.equal(response.status, 200);
  assert.match(header(response, "cache-control"), /immutable/);
  assert.deepEqual(tiers(response), ["web"]);
});
