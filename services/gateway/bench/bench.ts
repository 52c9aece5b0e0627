/**
 * What a request costs in the gateway and in a bare node:cluster and node:http server that responds
 * the same: processor time of primary and worker together, in turn, in one run. The access log is
 * on, as by default; what reads it is not the gateway's cost.
 *
 *     node services/gateway/bench/bench.ts [REQUESTS A ROUND]
 */
import { Load } from "./load.ts";
import { ServerUnderTest } from "./server-under-test.ts";

/** Each has other luck with what the compilers make of the code. */
const LAUNCHES = 5;
const ROUNDS = 40;
/** Rounds in which the compilers of both get to know the code. */
const WARM_UP = 6;
const CONNECTIONS = 32;
/** What disturbs a round only ever makes it more expensive: the cheaper rounds show the cost. */
const UNDISTURBED = 0.2;
const requests = Number(process.argv[2] ?? 3000);
const here = import.meta.dirname;

const BROWSER = ["Host: localhost", "Accept: */*", "User-Agent: bench"];
const HEADS: Readonly<Record<string, readonly string[]>> = {
  "straight from a client": BROWSER,
  "as the edge sends it": [
    ...BROWSER,
    "X-Forwarded-For: 192.0.2.7",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: localhost",
    "X-Forwarded-Port: 443",
    'Forwarded: for=192.0.2.7;proto=https;host="localhost"',
    "X-Request-ID: 0190a5b2-7c3d-7e4f-8a6b-0c1d2e3f4a5b",
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    `X-Request-Start: t=${Date.now()}.123`,
  ],
};

const costs = Object.fromEntries(Object.keys(HEADS).map((what) => [what, [] as number[][]]));
for (let launch = 0; launch < LAUNCHES; launch++) {
  const servers = [
    new ServerUnderTest("node:cluster", [`${here}/baseline.ts`]),
    new ServerUnderTest("gateway", [
      `${here}/../main.ts`,
      ...["--workers=1", "--port=0", "--admin-port=0"],
      `${here}/page.ts`,
    ]),
  ];
  const ports = await Promise.all(servers.map((server) => server.ready()));
  // Taking a connection is not the cost of a request: they stay for all rounds.
  const loads = ports.map((port) => new Load(port, CONNECTIONS));
  for (const [what, fields] of Object.entries(HEADS)) {
    const head = `GET / HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`;
    costs[what]?.push(await measure(servers, loads, head));
  }
  for (const load of loads) load.close();
  for (const server of servers) server.stop();
}

for (const [what, launches] of Object.entries(costs)) {
  const bare = launches.map(([cost = 0]) => cost);
  const gateway = launches.map(([, cost = 0]) => cost);
  const ratios = gateway.map((cost, launch) => cost / (bare[launch] ?? cost));
  process.stdout.write(
    `${what}: node:cluster ${at(0.5, bare).toFixed(1)} us, gateway ${at(0.5, gateway).toFixed(1)} us, ` +
      `${at(0.5, ratios).toFixed(2)} x (${at(0, ratios).toFixed(2)} to ${at(1, ratios).toFixed(2)}; ` +
      `medians of ${LAUNCHES} launches, each of ${ROUNDS} rounds of ${requests} requests)\n`,
  );
}

/** Microseconds a request of each server, which take their rounds in turn. */
async function measure(
  servers: readonly ServerUnderTest[],
  loads: readonly Load[],
  head: string,
): Promise<number[]> {
  const rounds = servers.map((): number[] => []);
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const [index, server] of servers.entries()) {
      const before = server.cpu;
      await loads[index]?.run(head, requests);
      if (round >= WARM_UP) rounds[index]?.push(((server.cpu - before) / requests) * 1e6);
    }
  }
  return rounds.map((costs) => at(UNDISTURBED, costs));
}

/** The number that stands at a part of the way from the smallest to the largest. */
function at(part: number, numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
}
