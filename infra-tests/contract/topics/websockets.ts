import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Wire } from "../client.ts";
import { edge, type Topic } from "../row.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = createHash("sha1")
  .update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  .digest("base64");
const handshake = (...fields: string[]) =>
  `${["GET /socket HTTP/1.1", "Host: a.example", ...fields].join("\r\n")}\r\n\r\n`;
const WEBSOCKET = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${KEY}`,
];

export const webSockets: Topic = {
  name: "websockets",
  rows: [
    edge("opened", "6455 4", "a WebSocket is opened, and bytes go both ways", async ({ http }) => {
      using wire = await Wire.to(http);
      wire.write(handshake(...WEBSOCKET));
      const { status, head } = await wire.response();
      assert.equal(status, 101);
      assert.match(head, /^upgrade: websocket\r$/im);
      assert.ok(head.includes(ACCEPT), head);
      wire.write("some bytes");
      while (wire.received.length < 10 && !wire.ended) await new Promise(setImmediate);
      assert.equal(wire.received, "some bytes");
    }),
    edge(
      "with the handshake",
      "6455 4.1",
      "bytes sent right after the handshake are not lost",
      async (s) => {
        using wire = await Wire.to(s.http);
        wire.write(`${handshake(...WEBSOCKET)}early`);
        assert.equal((await wire.response()).status, 101);
        while (wire.received.length < 5 && !wire.ended) await new Promise(setImmediate);
        assert.equal(wire.received, "early");
      },
    ),
    edge(
      "forwarded",
      "",
      "the handshake has the forwarded fields and one Host",
      async (subject) => {
        await subject.witness.clear();
        using wire = await Wire.to(subject.http);
        wire.write(handshake(...WEBSOCKET, "X-Forwarded-For: 203.0.113.7"));
        assert.equal((await wire.response()).status, 101);
        const { rawHeaders } = await subject.witness.requestTo("/socket");
        const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
        for (const name of ["host", "upgrade", "connection", "x-forwarded-for", "x-request-id"]) {
          assert.equal(names.filter((each) => each === name).length, 1, name);
        }
        assert.ok(!rawHeaders.includes("203.0.113.7"));
      },
    ),
    edge(
      "other protocols",
      "9110 7.8",
      "an offer of another protocol is ignored",
      async (subject) => {
        using wire = await Wire.to(subject.http);
        wire.write(
          handshake("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"),
        );
        assert.equal((await wire.response()).status, 200);
      },
    ),
    edge("malformed", "9112 5.1", "a malformed handshake is rejected", async (subject) => {
      await subject.witness.clear();
      using wire = await Wire.to(subject.http);
      wire.write(handshake(...WEBSOCKET, "X : 1"));
      assert.match(await wire.end(), /^HTTP\/1\.1 400 /);
      assert.deepEqual(await subject.witness.seen(), []);
    }),
  ],
};
