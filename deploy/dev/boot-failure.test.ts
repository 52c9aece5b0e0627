import assert from "node:assert/strict";
import { test } from "node:test";
import { BootLog, failurePage } from "./boot-failure.ts";

const line = (fields: object) => JSON.stringify({ level: "error", tier: "gateway", ...fields });
const reason = "services/app/gateway.ts: SyntaxError: no (/clone/services/app/pages/page.ts:27)";

test("the lines about one failure are hidden, and their reason names file and line in the clone", () => {
  const log = new BootLog("/clone");
  log.read(line({ message: "reload begins" }));
  for (const fields of [
    { message: "the application did not start", reason },
    { message: "worker state", from: "starting", to: "dead" },
    { message: "worker died", cause: "boot failed", reason },
    {
      message: "reload aborted: the old generation keeps serving",
      reason: `boot failed: ${reason}`,
    },
    { message: "signal without effect", reason: `BootError: boot failed: ${reason}` },
  ]) {
    assert.equal(log.read(line(fields)), true, fields.message);
  }
  assert.deepEqual(log.failure, {
    reason: "services/app/gateway.ts: SyntaxError: no (services/app/pages/page.ts:27)",
    place: "services/app/pages/page.ts:27",
  });
});

test("the next load of the application begins without a failure", () => {
  const log = new BootLog("/clone");
  log.read(line({ message: "gateway starts" }));
  log.read(line({ message: "the application did not start", reason }));
  assert.ok(log.failure);
  assert.equal(log.read(line({ message: "reload begins" })), false);
  assert.equal(log.failure, undefined);
});

test("a worker that dies later, and lines of the application, are printed", () => {
  const log = new BootLog("/clone");
  log.read(line({ message: "gateway starts" }));
  log.read(line({ message: "worker state", from: "starting", to: "ready" }));
  for (const cause of ["exit code", "boot failed"]) {
    assert.equal(log.read(line({ message: "worker died", cause, reason: "1" })), false);
  }
  log.read(line({ message: "reload begins" }));
  for (const other of [
    "plain words",
    "{ not JSON",
    line({ message: "worker died", tier: "app" }),
  ]) {
    assert.equal(log.read(other), false);
  }
  assert.equal(log.failure, undefined);
});

test("a worker that ends itself while it starts is a failure too, beside its own lines", () => {
  const log = new BootLog("/clone");
  log.read(line({ message: "gateway starts" }));
  const died = line({ message: "worker died", cause: "exit code", reason: "exit code 1" });
  assert.equal(log.read(died), false);
  assert.deepEqual(log.failure, { reason: "exit code 1", place: undefined });
});

test("what stands in the page is text, not markup", () => {
  const { html, text } = failurePage({ reason: 'a < b & "c"', place: undefined });
  assert.match(html, /<pre[^>]*>a &lt; b &amp; &quot;c&quot;<\/pre>/);
  assert.match(text, /a < b & "c"/);
});
