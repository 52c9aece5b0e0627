import assert from "node:assert/strict";
import { call, Wire } from "../client.ts";
import { edge, everywhere, type Topic } from "../row.ts";

const get = (target: string, ...fields: string[]) =>
  `${[`GET ${target} HTTP/1.1`, "Host: a.example", ...fields].join("\r\n")}\r\n\r\n`;
const target = ({ body }: { body: string }) => /"target": ?"([^"]*)"/.exec(body)?.[1];

export const keepAlive: Topic = {
  name: "keep-alive",
  rows: [
    everywhere("kept", "9112 9.3", "a connection serves several requests", async (s) => {
      using wire = await Wire.to(s.http);
      for (const path of ["/a", "/b", "/c"]) {
        wire.write(get(path));
        assert.equal(target(await wire.response()), path);
      }
      assert.ok(!wire.ended);
    }),
    everywhere(
      "pipelined",
      "9112 9.3.2",
      "pipelined requests get their responses in order",
      async (s) => {
        using wire = await Wire.to(s.http);
        wire.write(get("/a") + get("/b") + get("/c"));
        for (const path of ["/a", "/b", "/c"]) assert.equal(target(await wire.response()), path);
      },
    ),
    everywhere(
      "close",
      "9112 9.6",
      "Connection: close ends the connection after the response",
      async (s) => {
        using wire = await Wire.to(s.http);
        wire.write(get("/a", "Connection: close"));
        const { head } = await wire.response();
        assert.match(head, /^connection: close\r$/im);
        await wire.end();
      },
    ),
    everywhere(
      "1.0",
      "9112 9.3",
      "HTTP/1.0 gets a response, and the connection is closed",
      async (s) => {
        using wire = await Wire.to(s.http);
        wire.write("GET /a HTTP/1.0\r\nHost: a.example\r\n\r\n");
        assert.match(await wire.end(), /^HTTP\/1\.1 200 [\s\S]*"target": ?"\/a"/);
      },
    ),
    edge(
      "after 412",
      "9112 9.3",
      "a connection that is not announced as closed stays open",
      async (s) => {
        using wire = await Wire.to(s.http);
        const file = "/assets/digits.0123456789abcdef.txt";
        wire.write(get(file, 'If-Match: "x"'));
        const { status, head } = await wire.response();
        assert.equal(status, 412);
        if (/^connection: close\r$/im.test(head)) return;
        wire.write(get(file));
        assert.equal((await wire.response()).status, 200);
      },
    ),
    edge("upstream", "", "consecutive requests share an upstream connection", async (s) => {
      await s.witness.clear();
      for (let count = 0; count < 10; count += 1) await call(`${s.http}/`);
      const connections = new Set((await s.witness.seen()).map((each) => each.connection));
      // Two replicas: at best one connection each.
      assert.ok(connections.size <= 4, `${connections.size} connections for 10 requests`);
    }),
  ],
};
