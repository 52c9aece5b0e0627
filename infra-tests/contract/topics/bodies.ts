import assert from "node:assert/strict";
import { call, Wire } from "../client.ts";
import { edge, everywhere, OtherStatus, type Topic, through } from "../row.ts";

/** compose.witness.yaml: the largest body. */
const LIMIT = 4_000_000;
const UPLOAD = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 256));
const DOWNLOAD = 20_000_000;
const head = (...lines: string[]) =>
  `${["POST /body HTTP/1.1", "Host: a.example", ...lines].join("\r\n")}\r\n\r\n`;

export const bodies: Topic = {
  name: "bodies",
  rows: [
    everywhere(
      "a length",
      "9112 6.2",
      "a body of known length arrives byte for byte",
      async ({ http }) => {
        const { body } = await call(http, { target: "/", method: "POST", body: UPLOAD });
        assert.ok(body.equals(UPLOAD));
      },
    ),
    everywhere("chunks", "9112 7.1", "a chunked body arrives byte for byte", async ({ http }) => {
      const headers = { "transfer-encoding": "chunked" };
      const { body } = await call(http, { target: "/", method: "POST", body: UPLOAD, headers });
      assert.ok(body.equals(UPLOAD));
    }),
    everywhere("100", "9110 10.1.1", "Expect: 100-continue gets 100", async ({ http }) => {
      using wire = await Wire.to(http);
      wire.write(head("Expect: 100-continue", "Content-Length: 5"));
      assert.equal((await wire.response()).status, 100);
      wire.write("hello");
      const { status, body } = await wire.response();
      assert.deepEqual([status, body], [200, "hello"]);
    }),
    edge(
      "too large",
      "9110 15.5.14",
      "a length above the limit gets 413, and is not forwarded",
      async (s) => {
        await s.witness.clear();
        using wire = await Wire.to(s.http);
        wire.write(head(`Content-Length: ${LIMIT + 1}`));
        const { status } = await wire.response();
        if (status !== 413) throw new OtherStatus(`status ${status}`);
        assert.deepEqual(await s.witness.seen(), []);
      },
    ),
    edge(
      "too many chunks",
      "9110 15.5.14",
      "chunks above the limit get 413, and do not arrive complete",
      async (s) => {
        await s.witness.clear();
        const body = Buffer.alloc(LIMIT + 1, "u");
        const headers = { "transfer-encoding": "chunked" };
        const { status } = await call(s.http, { target: "/", method: "POST", body, headers });
        assert.ok(
          !(await s.witness.seen()).some(({ whole }) => whole),
          "it reached the application",
        );
        if (status !== 413) throw new OtherStatus(`status ${status}`);
      },
    ),
    edge(
      "continue, too large",
      "9110 10.1.1",
      "a length above the limit gets 413 instead of 100",
      async (s) => {
        using wire = await Wire.to(s.http);
        wire.write(head("Expect: 100-continue", `Content-Length: ${LIMIT + 1}`));
        assert.equal((await wire.response()).status, 413);
      },
    ),
    edge("streamed", "", "a body is forwarded while it still arrives", async (subject) => {
      await subject.witness.clear();
      using wire = await Wire.to(subject.http);
      wire.write(`${head("Content-Length: 200000")}${"u".repeat(100_000)}`);
      await subject.witness.requestTo("/body");
      wire.write("u".repeat(100_000));
      assert.equal((await wire.response()).status, 200);
    }),
    edge(
      "download",
      "",
      "a response of 20 MB arrives complete, also if the client pauses",
      async (s) => {
        using wire = await Wire.to(s.http);
        wire.write(
          `GET /large?bytes=${DOWNLOAD} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`,
        );
        wire.pause();
        await s.witness.requestTo("/large");
        wire.resume();
        const received = await wire.end();
        assert.ok(received.length > DOWNLOAD);
      },
    ),
    through(
      "client disconnects",
      "",
      "a client that disconnects within its body does no harm",
      async ({ http }) => {
        const wire = await Wire.to(http);
        wire.write(`${head("Content-Length: 1000")}half`);
        wire[Symbol.dispose]();
        assert.equal((await call(`${http}/`)).status, 200);
      },
    ),
    edge(
      "request trailers",
      "9112 7.1.2",
      "trailers of a request are forwarded",
      async (subject) => {
        await subject.witness.clear();
        using wire = await Wire.to(subject.http);
        wire.write(
          `${head("Transfer-Encoding: chunked", "Trailer: X-Sum")}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
        );
        assert.equal((await wire.response()).status, 200);
        const { rawTrailers } = await subject.witness.requestTo("/body");
        assert.deepEqual(rawTrailers, ["X-Sum", "1"]);
      },
    ),
    edge(
      "response's trailers",
      "9110 6.5",
      "trailers of a response are forwarded to a client that accepts them",
      async ({ http }) => {
        using wire = await Wire.to(http);
        wire.write(
          "GET /trailers HTTP/1.1\r\nHost: a.example\r\nTE: trailers\r\nConnection: TE\r\n\r\n",
        );
        assert.match((await wire.response()).body, /0\r\nx-checksum: 1\r\n\r\n$/i);
      },
    ),
  ],
};
