import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readRun } from "./samples.ts";

const HEAD =
  "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata";

async function read(...lines: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-samples-"));
  try {
    const file = join(folder, "run.csv");
    writeFileSync(file, [HEAD, ...lines, ""].join("\n"));
    return await readRun(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("requests are read with their begin, status and note, other metrics are not", async () => {
  const { samples, dropped } = await read(
    "http_req_duration,1000,25.5,,,,,,,,,post,,201,,,,note=run-7,",
    "http_req_duration,2000,100,,,1050,,,,,,page,,0,,,,,",
    "http_req_waiting,2000,100,,,,,,,,,page,,200,,,,,",
    "dropped_iterations,2100,2,,,,,,,,,page,,,,,,,",
  );
  assert.equal(dropped, 2);
  assert.deepEqual(samples, [
    { kind: "post", began: 974.5, ended: 1000, status: 201, failed: false, note: "run-7" },
    { kind: "page", began: 1900, ended: 2000, status: 0, failed: true, note: undefined },
  ]);
});

test("a run without a request is an error, not a run without a failure", async () => {
  await assert.rejects(read("vus,1000,3,,,,,,,,,,,,,,,,"), /k6 did not run/);
});
