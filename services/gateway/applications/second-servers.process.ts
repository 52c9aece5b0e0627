import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleModule, startGatewayIn, verb, writeModules } from "../testing/gateway-process.ts";
import { freePort, TWO_SERVERS } from "../testing/own-servers.ts";

const METRICS = `metrics.listen(Number(OTHER));`;

const orders: readonly (readonly [order: string, source: string])[] = [
  ["before the site", `${METRICS} site.listen(PORT);`],
  ["after the site", `site.listen(PORT, () => ${METRICS.slice(0, -1)});`],
  [
    "and is waited for before the site",
    `await new Promise((done) => metrics.listen({ port: Number(OTHER) }, done)); site.listen(PORT);`,
  ],
  ["long before the site", `${METRICS} pause(1500).then(() => site.listen(process.env.PORT));`],
  ["exclusively", `metrics.listen({ port: Number(OTHER), exclusive: true }); site.listen(PORT);`],
];

for (const [order, source] of orders) {
  test(`a second server that listens ${order} is open beside it, in every worker`, async (t) => {
    const folder = await writeModules(t, { "app.mjs": TWO_SERVERS + source });
    const other = await freePort();
    const env = { OTHER: String(other) };
    const gateway = startGatewayIn(env, t, `${folder}/app.mjs`, "--workers=2");
    const url = await gateway.ready(2);
    assert.equal(await (await fetch(url)).text(), "site");
    assert.equal(await (await fetch(`http://127.0.0.1:${other}`)).text(), "metrics");
    assert.equal((await verb(gateway, "reload")).code, 0);
    assert.equal(await (await fetch(`http://127.0.0.1:${other}`)).text(), "metrics");
  });
}

test("the metrics of OpenTelemetry's exporter are not public", async (t) => {
  const other = await freePort();
  const env = { METRICS_PORT: String(other) };
  const gateway = startGatewayIn(env, t, exampleModule("metrics.cjs"), "--workers=2");
  const url = await gateway.ready(2);
  assert.equal(await (await fetch(url)).text(), "the site");
  assert.equal((await fetch(`${url}/metrics`)).status, 404);
  assert.match(await (await fetch(`http://127.0.0.1:${other}/metrics`)).text(), /target_info/);
});
