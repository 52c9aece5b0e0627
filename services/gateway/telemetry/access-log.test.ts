import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AccessLog } from "./access-log.ts";

test("a line is JSON, whatever stands in its method, target and client", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-access-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "access.log");
  const log = new AccessLog(file);
  const line = { request_id: "order-4711", traceparent: "00-1-2-01", status: 200, duration: 1.5 };
  const odd = { method: 'GET","level":"fatal', target: '/"\\\n', client: "é\u0001" };
  log.write({ ...line, ...odd });
  log.write({ ...line, method: "POST", target: "/", client: "192.0.2.7" });
  log.flush();
  const [first, second] = readFileSync(file, "utf8").trimEnd().split("\n");
  const told = JSON.parse(first ?? "");
  assert.deepEqual([told.level, told.target, told.client], ["info", odd.target, odd.client]);
  assert.equal(told.method, odd.method);
  const { method, status, duration_ms, client } = JSON.parse(second ?? "");
  assert.deepEqual([method, status, duration_ms, client], ["POST", 200, 1.5, "192.0.2.7"]);
});
