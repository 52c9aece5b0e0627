import assert from "node:assert/strict";
import { header } from "../../stack/http.ts";
import { call, Wire } from "../client.ts";
import { edge, slow, type Topic } from "../row.ts";

export const timeouts: Topic = {
  name: "timeouts",
  rows: [
    slow(
      edge(
        "silent",
        "9110 15.6.5",
        "an application that never responds is 504 for the client",
        async (s) => {
          const start = performance.now();
          const response = await call(s.http, {
            target: "/hang",
            headers: { accept: "application/json" },
          });
          assert.equal(response.status, 504);
          assert.equal(JSON.parse(response.text).request_id, header(response, "x-request-id"));
          // compose.witness.yaml: two seconds, and no retry on another replica.
          assert.ok(performance.now() - start < 5_000, "it took longer than two seconds");
        },
      ),
    ),
    slow(
      edge(
        "silent halfway",
        "9112 8",
        "a response that stops halfway does not look complete",
        async (s) => {
          await assert.rejects(call(s.http, { target: "/endless" }));
        },
      ),
    ),
    edge(
      "cut off",
      "9112 8",
      "a response that is cut off does not look complete",
      async (subject) => {
        await assert.rejects(call(subject.http, { target: "/half" }));
      },
    ),
    slow(
      edge(
        "slow reader",
        "",
        "a client that reads nothing does not block others",
        async (subject) => {
          using wire = await Wire.to(subject.http);
          wire.write("GET /large?bytes=50000000 HTTP/1.1\r\nHost: a.example\r\n\r\n");
          wire.pause();
          await subject.witness.requestTo("/large");
          for (let count = 0; count < 20; count += 1) {
            assert.equal((await call(`${subject.http}/`, { within: 5_000 })).status, 200);
          }
        },
      ),
    ),
  ],
};
