import assert from "node:assert/strict";
import type { Behaviour } from "./behaviour.ts";
import { ask, json } from "./client.ts";

export const responses: readonly Behaviour[] = [
  {
    name: "JSON is returned, with the gateway's request id",
    async check({ url }) {
      const { status, fields, body } = await ask(`${url}/json`);
      assert.deepEqual([status, JSON.parse(String(body))], [200, { hello: "world" }]);
      assert.match(String(fields["content-type"]), /^application\/json/);
      assert.match(String(fields["x-request-id"]), /^[0-9a-f-]{36}$/);
      assert.match(String(fields["server-timing"]), /gateway;dur=/);
    },
  },
  {
    name: "HEAD has the head of GET and no body",
    async check({ url }) {
      const { status, fields, body } = await ask(`${url}/json`, { method: "HEAD" });
      assert.deepEqual([status, body.length], [200, 0]);
      assert.match(String(fields["content-type"]), /^application\/json/);
    },
  },
  {
    name: "204 has no body and no framing",
    async check({ url }) {
      const { status, fields, body } = await ask(`${url}/empty`);
      assert.deepEqual([status, body.length], [204, 0]);
      assert.equal(fields["transfer-encoding"], undefined);
      assert.ok([undefined, "0"].includes(fields["content-length"]?.toString()));
    },
  },
  {
    name: "304 has its validator and no body",
    async check({ url }) {
      const { status, fields, body } = await ask(`${url}/unchanged`);
      assert.deepEqual([status, fields.etag, body.length], [304, '"1"', 0]);
    },
  },
  {
    name: "several Set-Cookie stay several",
    async check({ url }) {
      const cookies = (await ask(`${url}/cookies`)).fields["set-cookie"];
      assert.ok(Array.isArray(cookies));
      assert.deepEqual(
        cookies.map((cookie) => cookie.split(";")[0]),
        ["a=1", "b=2"],
      );
    },
  },
  {
    name: "repeated fields arrive in order, both ways",
    async check({ url }) {
      const { fields, body } = await ask(`${url}/fields`, { headers: { "X-Word": ["a", "b"] } });
      assert.equal(fields["x-word"], "one, two");
      assert.deepEqual(JSON.parse(String(body)), { word: "a, b" });
    },
  },
];

export const failures: readonly Behaviour[] = [
  {
    name: "an error before the head is a 500, and the worker lives on",
    async check(subject) {
      const { status, fields } = await ask(`${subject.url}/throws`);
      assert.equal(status, 500);
      assert.ok(fields["x-request-id"]);
      await livesOn(subject);
    },
  },
  {
    name: "an error after the head breaks the connection, and the worker lives on",
    async check(subject) {
      await assert.rejects(ask(`${subject.url}/breaks`), /aborted|hang up|ECONNRESET/);
      await livesOn(subject);
    },
  },
];

async function livesOn({ url, gateway }: Parameters<Behaviour["check"]>[0]): Promise<void> {
  assert.deepEqual(await json(`${url}/json`), { hello: "world" });
  assert.ok(!gateway.lines.some(({ message }) => message === "worker died"));
}
