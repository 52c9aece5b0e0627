import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { applicationSettings } from "../services/gateway/applications/settings.ts";
import { httpSettings } from "../services/gateway/http/settings.ts";
import { gatewaySettings } from "../services/gateway/settings.ts";
import { counterparts, GATEWAY_PAGE, gatewayPage, stations } from "./gateway-page.ts";

test("docs/gateway.md is what its parts say today; otherwise run: npm run docs", () => {
  assert.equal(readFileSync(GATEWAY_PAGE, "utf8"), gatewayPage());
});

test("each of gunicorn's 119 settings has one row, with a reason", () => {
  const names = counterparts.map(({ gunicorn }) => gunicorn);
  assert.equal(new Set(names).size, 119);
  assert.equal(names.length, 119);
  assert.deepEqual(
    counterparts.filter(({ why }) => why === ""),
    [],
  );
});

test("what a row names of ours is there", () => {
  const known = Object.keys(gatewaySettings.rows);
  const named = counterparts.flatMap(({ settings }) => settings ?? []);
  assert.deepEqual(
    named.filter((name) => !known.includes(name)),
    [],
  );
});

test("the page lists a request's stations in the order of the code", () => {
  assert.deepEqual(
    stations().map(({ name }) => name),
    [
      "Closing connection",
      "Metrics",
      "Forwarded header fields",
      "Request id and trace",
      "Queue time",
      "Limits and rules of HTTP",
      "Affinity",
      "Hook preRequest",
      "Admission",
      "Application",
      "WebSocket",
      "Head of the response",
      "End of the response",
      "Span",
      "Metrics",
      "Access line",
      "Hook postRequest",
    ],
  );
});

test("a station names settings of the table, and each setting of a request has its station", () => {
  const known = Object.keys(gatewaySettings.rows);
  const named = stations().flatMap(({ settings }) => settings);
  assert.deepEqual(
    named.filter((name) => !known.includes(name)),
    [],
  );
  const rows = Object.keys({ ...applicationSettings, ...httpSettings });
  assert.deepEqual(
    rows.filter((name) => !named.includes(name)),
    [],
  );
});
