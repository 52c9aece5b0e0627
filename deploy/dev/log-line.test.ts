import assert from "node:assert/strict";
import { test } from "node:test";
import { logLine } from "./log-line.ts";

const access = {
  ...{
    level: "info",
    time: "2026-11-24T21:52:07Z",
    tier: "web",
    request_id: "id-1",
    traceparent: "",
  },
  ...{ method: "GET", target: "/?page=2", status: 200, duration_ms: 3.2, message: "access" },
};

const lines: [string, Parameters<typeof logLine>, string][] = [
  ["an access line", ["edge", JSON.stringify(access)], "edge     | GET /?page=2 200 3.2 ms  id-1"],
  [
    "a line of the application",
    ["gateway", '{"level":"info","tier":"app","message":"database","from":"up","to":"down"}'],
    "app      | database from=up to=down",
  ],
  [
    "an error, whose stack keeps its lines",
    ["gateway", '{"tier":"gateway","message":"no start","pid":7,"error":"Error: x\\n  at y"}'],
    "gateway  | no start pid=7 \nError: x\n  at y",
  ],
  ["plain text", ["postgres", "LOG:  ready"], "postgres | LOG:  ready"],
  [
    "what a visitor sends to clear the screen",
    ["edge", JSON.stringify({ ...access, target: "/\x1b[2J" })],
    "edge     | GET /\\u001b[2J 200 3.2 ms  id-1",
  ],
  [
    "what an application writes to clear the screen",
    ["gateway", "\x1b[2Jready"],
    "gateway  | \\u001b[2Jready",
  ],
  ["broken JSON", ["edge", '{"half'], 'edge     | {"half'],
];

for (const [what, words, shown] of lines) {
  test(`${what} is shown after the name of its tier`, () => {
    assert.equal(logLine(...words), shown);
  });
}
