import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { accessLinesOf, call, chosenEdge, header, tiers, useStack } from "@gatehouse/testing/chain";
import { Visitor } from "./visitor.ts";

const stack = await useStack();
const { http, https } = await stack.addresses();
const requestIds = {
  web: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  nginx: /^[0-9a-f]{32}$/,
};
/** nginx sends its name, without a version. */
const servers = { web: undefined, nginx: "nginx" };

/** A request with a cookie gets a page that is not cached. */
const own = { headers: { cookie: "probe=1" } };

describe("the page", () => {
  for (const origin of [http, https]) {
    test(`comes through all tiers over ${origin.split(":")[0]}`, async () => {
      const response = await call(`${origin}/`, own);
      assert.equal(response.status, 200, response.text);
      assert.match(header(response, "content-type"), /^text\/html/);
      assert.deepEqual(tiers(response), ["web", "queue", "gateway", "app", "db"]);
      for (const part of header(response, "server-timing").split(",")) {
        assert.match(part.trim(), /^[a-z]+;dur=\d+(\.\d+)?$/);
      }
    });
  }

  test("is logged with one access line in each tier, with the same request id and trace", async () => {
    const response = await call(`${http}/`, own);
    const id = header(response, "x-request-id");
    assert.match(id, requestIds[chosenEdge()]);
    const lines = await accessLinesOf(stack, id, ["web", "gateway", "app"]);
    assert.deepEqual(lines.map(({ tier }) => tier).sort(), ["app", "gateway", "web"]);
    const traces = new Set(lines.map(({ traceparent }) => traceparent.split("-")[1]));
    assert.equal(traces.size, 1, `one trace id in all tiers, not ${[...traces].join(", ")}`);
    for (const line of lines) {
      assert.match(line.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      assert.deepEqual([line.method, line.target, line.status], ["GET", "/", 200]);
    }
  });

  test("has a new request id for each request, also if the client sends one", async () => {
    const forged = "0190a0a0-0000-7000-8000-000000000000";
    const headers = { ...own.headers, "x-request-id": forged };
    const first = header(await call(`${http}/`, { headers }), "x-request-id");
    const second = header(await call(`${http}/`, { headers }), "x-request-id");
    assert.equal(new Set([first, second, forged]).size, 3);
  });

  for (const origin of [http, https]) {
    test(`takes a form over ${origin.split(":")[0]}, and shows the entry afterwards`, async () => {
      const title = `chain ${randomUUID()}`;
      const visitor = new Visitor(origin);
      await visitor.signUp();
      const shown = await visitor.get(await visitor.post(title));
      assert.ok(shown.text.includes(title), `the page does not show the entry: ${shown.text}`);
    });
  }

  test("does not reveal the software behind it", async () => {
    const { headers } = await call(`${http}/`);
    for (const name of ["x-powered-by", "via", "x-replica", "x-worker"]) {
      assert.equal(headers[name], undefined, `the response has the header ${name}`);
    }
    assert.equal(headers.server, servers[chosenEdge()]);
  });

  test("of an unknown path is the 404 of the application", async () => {
    const response = await call(`${http}/no-such-page`);
    assert.equal(response.status, 404);
    assert.ok(tiers(response).includes("app"));
  });
});
