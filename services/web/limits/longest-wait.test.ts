import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { connect as dial } from "node:net";
import { test } from "node:test";
import { connect as dialTls } from "node:tls";
import { isLate } from "@gatehouse/telemetry/testing";
import { startHttps } from "../testing/https.ts";
import { spareTime } from "./spare-time.ts";

/** Milliseconds. */
const LONGEST = 400;

function takeTime(): void {
  const end = performance.now() + 2.5;
  while (performance.now() < end);
}

test("a stream that gets no turn in time has 503 with Retry-After, and none stays without a response", async (t) => {
  const { ca, edge, origin } = await startHttps(t, { headersTimeout: LONGEST });
  const socket = dialTls({
    ...{ host: "127.0.0.1", port: edge.ports.https ?? 0, localAddress: "127.0.0.9" },
    ...{ ca, ALPNProtocols: ["h2"] },
  });
  await once(socket, "secureConnect");
  const session = connect(origin, { createConnection: () => socket });
  t.after(() => session.destroy());
  const quiet = dial(edge.ports.http, "127.0.0.1").resume();
  t.after(() => quiet.destroy());
  await once(quiet, "connect");

  /** Many requests of one client, beside one of another and 600 ms of work that waits already. */
  const burst = async () => {
    quiet.write("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    for (let piece = 0; piece < 250; piece++) spareTime.later(takeTime);
    const streams = Array.from({ length: 40 }, () => session.request({ ":path": "/" }));
    return await Promise.all(
      streams.map(async (stream) => {
        const [fields] = await once(stream.resume(), "response");
        return { status: fields[":status"], retryAfter: fields["retry-after"] };
      }),
    );
  };
  const since = performance.now();
  let late: Awaited<ReturnType<typeof burst>> = [];
  // They only yield where both clients were seen within a moment.
  while (late.length === 0 && !isLate(since, 5000)) {
    late = (await burst()).filter(({ status }) => status !== 200);
  }
  assert.ok(late.length > 0);
  for (const each of late) assert.deepEqual(each, { status: 503, retryAfter: "2" });
});
