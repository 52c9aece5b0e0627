import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../stack/deadline.ts";
import { logOf } from "../stack/docker.ts";
import { responds } from "./responds.ts";
import { TestNetwork } from "./test-network.ts";

const REQUESTS = 5000;
const STREAMS = 100;

test(`${STREAMS} streams at once over HTTPS bring ${REQUESTS} responses and no error`, async (t) => {
  await using network = await TestNetwork.claim();
  await network.startEcho();
  // On a busy machine a connection to the application may take its time.
  const { container, address } = await network.startEdge("edge", { WEB_CONNECT_TIMEOUT: "1000" });
  const evidence = () => logOf(container, 20);
  await until("the edge serves", () => responds(`https://${address}:8443`), {
    within: 60_000,
    evidence,
  });
  for (const [who, connections] of [
    ["one client", 1],
    ["four clients", 4],
  ] as const) {
    const said = await network.runTool([
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
