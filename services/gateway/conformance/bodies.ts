import assert from "node:assert/strict";
import type { Behaviour } from "./behaviour.ts";
import { ask, open, responseTo } from "./client.ts";

const echoed = (url: string, type: string, body: string | Buffer) =>
  ask(`${url}/echo`, { method: "POST", headers: { "Content-Type": type }, body });

export const bodies: readonly Behaviour[] = [
  {
    name: "JSON, text and binary bodies come back",
    async check({ url }) {
      const binary = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256));
      for (const [type, body] of [
        ["application/json", Buffer.from('{"a": [1, 2]}')],
        ["text/plain; charset=utf-8", Buffer.from("héllo ✓")],
        ["application/octet-stream", binary],
      ] as const) {
        const { status, fields, body: back } = await echoed(url, type, body);
        assert.deepEqual([status, back], [200, body]);
        assert.equal(String(fields["content-type"]).split(";")[0], type.split(";")[0]);
      }
    },
  },
  {
    name: "a chunked body arrives whole",
    async check({ url }) {
      const headers = { "Content-Type": "text/plain" };
      const opened = open(`${url}/echo`, { method: "POST", headers });
      const response = responseTo(opened);
      for (const piece of ["one,", "two,", "three"]) {
        await new Promise<unknown>((flushed) => opened.write(piece, flushed));
      }
      opened.end();
      assert.equal(String((await response).body), "one,two,three");
    },
  },
  {
    name: "an empty body is empty",
    async check({ url }) {
      const { status, body } = await echoed(url, "text/plain", "");
      assert.deepEqual([status, String(body)], [200, ""]);
    },
  },
  {
    name: "trailers are ignored",
    async check({ url }) {
      const headers = { "Content-Type": "text/plain", Trailer: "X-Sum" };
      const opened = open(`${url}/echo`, { method: "POST", headers });
      const response = responseTo(opened);
      opened.write("body");
      opened.addTrailers({ "X-Sum": "1" });
      opened.end();
      assert.equal(String((await response).body), "body");
    },
  },
  {
    name: "a client that expects 100-continue gets 100 Continue",
    async check({ url }) {
      const headers = { "Content-Type": "text/plain", "Content-Length": 4, Expect: "100-continue" };
      const opened = open(`${url}/echo`, { method: "POST", headers });
      const response = responseTo(opened);
      let continued = false;
      opened.once("continue", () => {
        continued = true;
        opened.end("body");
      });
      opened.flushHeaders();
      assert.equal(String((await response).body), "body");
      assert.ok(continued);
    },
  },
];
