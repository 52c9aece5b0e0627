/**
 * What a request costs in the gateway and in a bare node:cluster and node:http server that answers
 * the same: processor time of primary and worker together, in turn, in one run. The access log is
 * on, into /dev/null: what reads it is not the gateway's cost.
 *
 *     node services/gateway/bench/bench.ts [REQUESTS A ROUND]
 */
import { load } from "./load.ts";
import { ServerUnderTest } from "./server-under-test.ts";

const ROUNDS = 15;
const CONNECTIONS = 32;
const requests = Number(process.argv[2] ?? 10_000);
const here = import.meta.dirname;

const BROWSER = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: bench\r\n";
const HEADS: Readonly<Record<string, string>> = {
  "straight from a client": `${BROWSER}\r\n`,
  "as the edge sends it": `${BROWSER}X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r
X-Forwarded-Host: localhost\r\nX-Forwarded-Port: 443\r\nX-Request-Start: t=${Date.now()}\r
X-Request-ID: 0190a5b2-7c3d-7e4f-8a6b-0c1d2e3f4a5b\r
traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n`,
};

const servers = [
  new ServerUnderTest("node:cluster", [`${here}/baseline.ts`]),
  new ServerUnderTest("gateway", [
    `${here}/../main.ts`,
    ...["--workers=1", "--port=0", "--admin-port=0", "--access-log=/dev/null"],
    `${here}/answer.ts`,
  ]),
];
const ports = await Promise.all(servers.map((server) => server.ready()));

for (const [what, head] of Object.entries(HEADS)) {
  const rounds = servers.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, server] of servers.entries()) {
      const before = server.cpu;
      await load(ports[index] ?? 0, head, CONNECTIONS, requests);
      // The first round warms up.
      if (round > 0) rounds[index]?.push(((server.cpu - before) / requests) * 1e6);
    }
  }
  const [bare = [], gateway = []] = rounds;
  // Neighbours in a round had the same noise from outside.
  const ratio = median(gateway.map((cost, round) => cost / (bare[round] ?? cost)));
  process.stdout.write(
    `${what}: node:cluster ${median(bare).toFixed(1)} us, gateway ${median(gateway).toFixed(1)} us, ` +
      `${ratio.toFixed(2)} x (medians of ${ROUNDS} rounds of ${requests} requests)\n`,
  );
}
for (const server of servers) server.stop();

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
