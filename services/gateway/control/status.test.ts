import assert from "node:assert/strict";
import { test } from "node:test";
import { type GatewayStatus, statusTable } from "./status.ts";

const worker = { id: 1, pid: 4194304, generation: 117, state: "retiring", age_s: 7199 } as const;
const beat = { connections: 99_999, inFlight: 12_345, queued: 1000, loop: 1, rss: 2 ** 34 };
const status: GatewayStatus = {
  state: "ready",
  ...{ pid: 4194303, uptime_s: 1_000_000, port: 65_535, generation: 117 },
  ...{ app: "/srv/applications/the-shop/gateway.ts", size: 2, waiting: 2048 },
  workers: [
    {
      ...worker,
      ...beat,
      requests: 123_456_789,
      lastError: `Error: \x1b[2J\n${"long ".repeat(50)}`,
    },
    { ...worker, state: "starting", age_s: 3 },
  ],
};

test("the largest numbers fit into 80 columns, and an error is cut, not wrapped", () => {
  const lines = statusTable(status).trimEnd().split("\n");
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  assert.match(lines[4] ?? "", /4194304 +117 +retiring +119m .* 16384M +123456789$/);
  assert.match(lines[5] ?? "", /^ {2}last error: Error: {2}\[2J long long/);
  assert.match(lines[6] ?? "", /4194304 +117 +starting +3s$/);
});

test("columns stand under their heads", () => {
  const [, , , head = "", row = ""] = statusTable(status).split("\n");
  for (const name of ["age", "conn", "queue", "memory", "requests"]) {
    const end = head.indexOf(name) + name.length;
    assert.match(row.slice(0, end), /\S$/, name);
    assert.match(row.slice(end), /^( |$)/, name);
  }
});
