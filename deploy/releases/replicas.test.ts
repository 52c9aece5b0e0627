import assert from "node:assert/strict";
import { test } from "node:test";
import { readinessPage } from "./replicas.ts";

const container = (service: string, ...addresses: string[]) => ({
  Config: { Image: "", Labels: { "com.docker.compose.service": service } },
  NetworkSettings: {
    Networks: Object.fromEntries(
      addresses.map((IPAddress, at) => [`network-${at}`, { Aliases: null, IPAddress }]),
    ),
  },
});

test("replicas, a canary and the jobs say themselves when they are ready, each at its port", () => {
  assert.equal(readinessPage(container("app", "10.0.0.2")), "http://10.0.0.2:9200/readyz");
  assert.equal(readinessPage(container("app-canary", "10.0.0.3")), "http://10.0.0.3:9200/readyz");
  assert.equal(readinessPage(container("jobs", "", "10.0.0.4")), "http://10.0.0.4:9300/readyz");
});

test("an edge, which has no address of its own, is looked at from outside", () => {
  assert.equal(readinessPage(container("web")), undefined);
  assert.equal(readinessPage(container("web", "")), undefined);
});
