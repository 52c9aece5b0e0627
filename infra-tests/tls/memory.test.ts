import assert from "node:assert/strict";
import { type ClientHttp2Session, connect } from "node:http2";
import { test } from "node:test";
import { until } from "../stack/deadline.ts";
import { logOf } from "../stack/docker.ts";
import { responds } from "./responds.ts";
import { type Running, TestNetwork } from "./test-network.ts";

/** Bytes, as in compose.yaml. */
const LIMIT = 512 * 1024 ** 2;
const MOST_ANONYMOUS = 0.9 * LIMIT;

const SESSIONS = 60;
const STREAMS = 128;

/** An application with large responses. */
const APPLICATION =
  'import { createServer } from "node:http";' +
  'createServer((request, response) => response.end(request.url === "/" ? "page" : Buffer.alloc(4e6))).listen(8000);' +
  'createServer((_, response) => response.end("ready\\n")).listen(9200);';

/** Anonymous memory in bytes; its name differs between the versions of cgroups. */
async function anonymous({ container }: Running): Promise<number> {
  const { memory_stats: memory } = await container.stats({ stream: false });
  const stats: Readonly<Record<string, unknown>> = { ...memory.stats };
  return Number(stats.anon ?? stats.total_rss);
}

/** A session that asks for much and has no room for any response. */
function openGreedy(origin: string, session: number): ClientHttp2Session {
  const client = connect(origin, { rejectUnauthorized: false, settings: { initialWindowSize: 0 } });
  client.on("error", () => undefined);
  for (let stream = 0; stream < STREAMS; stream++) {
    client
      .request({ ":path": `/large?${session}-${stream}` })
      .on("error", () => undefined)
      .end();
  }
  return client;
}

test("clients that read nothing leave the edge its memory, and others their pages", async (t) => {
  await using network = await TestNetwork.claim();
  await network.start({
    image: "web",
    name: "app",
    command: ["node", "--input-type=module", "-e", APPLICATION],
  });
  const environment = { WEB_CONNECT_TIMEOUT: "1000", WEB_ADMIN_HOST: "0.0.0.0" };
  const edge = await network.startEdge("edge", environment, LIMIT);
  const evidence = () => logOf(edge.container, 20);
  const origin = `https://${edge.address}:8443`;
  await until("the edge serves", () => responds(origin), { within: 60_000, evidence });

  const sessions = Array.from({ length: SESSIONS }, (_, session) => openGreedy(origin, session));
  // From another address than the greedy ones have.
  const page =
    'fetch("http://edge:8080/").then(async (r) => console.log(r.status, await r.text()))';
  let most = 0;
  for (let count = 0; count < 8; count++) {
    most = Math.max(most, await anonymous(edge));
    assert.equal((await network.runTool(["node", "-e", page])).trim(), "200 page");
  }
  t.diagnostic(`anonymous memory: ${Math.round(most / 1024 ** 2)} MiB at most`);
  assert.ok(most < MOST_ANONYMOUS, `${most} bytes`);
  const { State, RestartCount } = await edge.container.inspect();
  assert.deepEqual([State.OOMKilled, State.Running, RestartCount], [false, true, 0]);

  for (const session of sessions) session.destroy();
  await until(
    "all budgets are back",
    async () => {
      const metrics = await (await fetch(`http://${edge.address}:9100/metrics`)).text();
      const held = metrics.match(/^web_budget_held\{.*$/gm) ?? [];
      return held.length > 0 && held.every((line) => line.endsWith(" 0"));
    },
    { within: 30_000, evidence },
  );
});
