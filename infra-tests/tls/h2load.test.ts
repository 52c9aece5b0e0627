import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";
import { until } from "../stack/deadline.ts";
import { logOf } from "../stack/docker.ts";
import { Ground } from "./ground.ts";

const REQUESTS = 5000;
const STREAMS = 100;

test(`${STREAMS} streams at once over HTTPS bring ${REQUESTS} answers and no error`, async (t) => {
  await using ground = await Ground.claim();
  await ground.startEcho();
  // On a busy machine a connection to the application may take its time.
  const { container, address } = await ground.startEdge("edge", { WEB_CONNECT_TIMEOUT: "1000" });
  const evidence = () => logOf(container, 20);
  await until("the edge serves", () => answers(`https://${address}:8443`), {
    within: 60_000,
    evidence,
  });
  for (const [who, connections] of [
    ["one client", 1],
    ["four clients", 4],
  ] as const) {
    const said = await ground.judge([
      ...["h2load", "-n", String(REQUESTS), "-c", String(connections)],
      ...["-m", String(STREAMS / connections)],
      "https://edge:8443/",
    ]);
    t.diagnostic(`${who}: ${/^finished in .*$/m.exec(said)?.[0]}`);
    assert.match(said, /^Application protocol: h2$/m);
    const all = `${REQUESTS} total, ${REQUESTS} started, ${REQUESTS} done, ${REQUESTS} succeeded`;
    assert.ok(said.includes(`requests: ${all}, 0 failed, 0 errored, 0 timeout`), said);
  }
});

async function answers(origin: string): Promise<boolean> {
  const session = connect(origin, { rejectUnauthorized: false });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    session.once("error", reject);
    const stream = session.request({ ":path": "/" });
    stream.once("response", (headers) => resolve(headers[":status"] === 200));
    stream.once("error", reject);
    return await promise;
  } finally {
    session.destroy();
  }
}
