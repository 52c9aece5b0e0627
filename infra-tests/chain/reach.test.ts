import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { docker } from "../stack/docker.ts";
import { useStack } from "../stack/shared-stack.ts";
import { type Endpoint, reachable } from "./probe.ts";

const stack = await useStack();
const ports = { "edge-port": [8080, 8443, 9100], app: [8000, 9200], db: [5432] } as const;
type Service = keyof typeof ports;

/** All addresses of a service's replicas, on every network that they are in, with all its ports. */
async function endpointsOf(service: Service): Promise<Endpoint[]> {
  const found: Endpoint[] = [];
  for (const { Id } of await stack.containers(service)) {
    const { NetworkSettings } = await docker.getContainer(Id).inspect();
    for (const { IPAddress } of Object.values(NetworkSettings.Networks)) {
      if (IPAddress) found.push(...ports[service].map((port) => ({ host: IPAddress, port })));
    }
  }
  assert.ok(found.length > 0, `${service} has no address at all`);
  return found;
}

/** `service:port` of every listener that can be reached from a network, by address or by name. */
async function openFrom(network: string): Promise<string[]> {
  const services = Object.keys(ports) as Service[];
  const all = await Promise.all(
    services.map(async (service) => {
      const named = ports[service].map((port) => ({ host: service, port }));
      return [...(await endpointsOf(service)), ...named].map((end) => ({ ...end, service }));
    }),
  );
  const open = (await reachable(stack, network, all.flat())) as (Endpoint & { service: string })[];
  return [...new Set(open.map(({ service, port }) => `${service}:${port}`))].sort();
}

describe("a container", () => {
  test("on the front network reaches the edge, and neither gateway nor database", async () => {
    const open = await openFrom(await stack.network("front"));
    assert.deepEqual(open, ["edge-port:8080", "edge-port:8443", "edge-port:9100"]);
  });

  test("on the back network reaches the gateway, and not the database", async () => {
    const open = await openFrom(await stack.network("back"));
    assert.ok(open.includes("app:8000"), `open: ${open.join(", ")}`);
    assert.ok(!open.includes("db:5432"), `open: ${open.join(", ")}`);
  });

  test("on the data network reaches the database, and not the edge", async () => {
    const open = await openFrom(await stack.network("data"));
    assert.ok(open.includes("db:5432"), `open: ${open.join(", ")}`);
    assert.deepEqual(
      open.filter((name) => name.startsWith("edge-port")),
      [],
    );
  });

  test("in another project's network reaches nothing", async () => {
    assert.deepEqual(await openFrom("bridge"), []);
  });
});

describe("the host", () => {
  test("publishes the edge's two ports on loopback, and nothing else", async () => {
    const published = new Set<string>();
    for (const [name, { NetworkSettings }] of await stack.inspect()) {
      for (const [port, bindings] of Object.entries(NetworkSettings.Ports ?? {})) {
        for (const { HostIp } of bindings ?? []) published.add(`${name} ${HostIp} ${port}`);
      }
    }
    assert.deepEqual([...published].sort(), [
      "edge-port-1 127.0.0.1 8080/tcp",
      "edge-port-1 127.0.0.1 8443/tcp",
    ]);
  });
});
