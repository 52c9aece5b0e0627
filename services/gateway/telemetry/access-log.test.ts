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
  const logged = JSON.parse(first ?? "");
  assert.deepEqual([logged.level, logged.target, logged.client], ["info", odd.target, odd.client]);
  assert.equal(logged.method, odd.method);
  const { method, status, duration_ms, client } = JSON.parse(second ?? "");
  assert.deepEqual([method, status, duration_ms, client], ["POST", 200, 1.5, "192.0.2.7"]);
});

test("a line stays under 4 KB, whatever a client sends, and an application makes of it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-access-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "access.log");
  const log = new AccessLog(file);
  const ids = { request_id: "x".repeat(128), traceparent: "0".repeat(55) };
  const pieces = ['"', "\\", "\u0000", "\u007f", "\u00e9", "\u2028", "\ud83d\ude00", "x"];
  for (const piece of pieces) {
    const text = piece.repeat(20_000);
    log.write({ ...ids, method: text, target: text, client: text, status: 200, duration: 1e9 });
  }
  log.flush();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  assert.equal(lines.length, pieces.length);
  for (const [at, line] of lines.entries()) {
    assert.ok(Buffer.byteLength(line) < 4096, `${Buffer.byteLength(line)} bytes`);
    assert.ok(JSON.parse(line).target.startsWith(pieces[at]));
  }
});
