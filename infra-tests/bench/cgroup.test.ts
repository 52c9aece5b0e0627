import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import Docker from "dockerode";
import { memoryOf, NoStatistics, processorOf, requireStatistics } from "./cgroup.ts";
import type { Chain } from "./chains/chain.ts";

/** A container of an engine that says this of its statistics. */
async function container(t: TestContext, status: number, body: object): Promise<Docker.Container> {
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return new Docker({ host: "127.0.0.1", port, protocol: "http" }).getContainer("app");
}

const cpu_stats = {
  cpu_usage: { total_usage: 3000, usage_in_usermode: 2000, usage_in_kernelmode: 1000 },
};

for (const [name, stats] of [
  ["version 1", { total_rss: 4096 }],
  ["version 2", { anon: 4096 }],
] as const) {
  test(`processor time and anonymous memory are read from cgroups of ${name}`, async (t) => {
    const own = await container(t, 200, { cpu_stats, memory_stats: { stats } });
    await requireStatistics(own);
    const tiers = { edge: [own], app: [own, own], db: [] };
    const chain: Chain = {
      ...{ name: "ours", http: "", https: "", tiers, network: "", versions: [], workers: 1 },
    };
    const { edge, app, db } = await processorOf(chain);
    assert.deepEqual([edge.total, app.user, db.system], [3, 4, 0]);
    assert.deepEqual(await memoryOf(chain), { edge: 4096, app: 8192, db: 0 });
  });
}

// As Docker says it where containerd does not see the cgroups of the machine.
for (const [name, status, body] of [
  [
    "cannot find cgroup mount destination",
    500,
    { message: "cgroups: cannot find cgroup mount destination: unknown" },
  ],
  ["no metrics received", 500, { message: "no metrics received" }],
  ["no processor time", 200, { cpu_stats: {}, memory_stats: {} }],
  ["no anonymous memory", 200, { cpu_stats, memory_stats: {} }],
] as const) {
  test(`an engine without statistics is named, with what to do: ${name}`, async (t) => {
    const own = await container(t, status, body);
    await assert.rejects(requireStatistics(own), (error: Error) => {
      assert.ok(error instanceof NoStatistics);
      assert.match(error.message, new RegExp(`${name}.*restart containerd`));
      assert.equal(error.message.includes("\n"), false, "one line");
      return true;
    });
  });
}
