import assert from "node:assert/strict";
import { test } from "node:test";
import { samplesOf } from "./admin-page.ts";
import { quantile } from "./edge-counts.ts";
import { isContentTag } from "./images.ts";
import { availableIn, hasRoom } from "./memory.ts";
import { GOES, namesIn, STAYS } from "./plan.ts";
import { refusing } from "./smoke.ts";

test("a container stays that Compose's dry run calls running or, for a one-shot, created", () => {
  const output = [
    " DRY-RUN MODE -  Container site-edge-port-1  Running",
    " DRY-RUN MODE -  Container site-assets-1  Created",
    " DRY-RUN MODE -  Container site-migrate-1  Recreate",
    " DRY-RUN MODE -  Container site-migrate-1  Recreated",
    " DRY-RUN MODE -  Container site-app-1  Recreate",
    " DRY-RUN MODE -  Container site-app-2  Running",
    " DRY-RUN MODE -  Container site-web-2  Stopping",
  ].join("\n");
  assert.deepEqual(
    [...namesIn(output, STAYS)],
    ["site-edge-port-1", "site-assets-1", "site-app-2"],
  );
});

test("a database that the stack has no more goes, and one that is replaced does not", () => {
  const output = [
    " DRY-RUN MODE -  Container site-db-1  Stopping ",
    " DRY-RUN MODE -  Container site-db-1  Removed ",
    " DRY-RUN MODE -  Container site-app-1  Recreate ",
    " DRY-RUN MODE -  Container site-web-1  Running ",
  ].join("\n");
  assert.deepEqual([...namesIn(output, GOES)], ["site-db-1"]);
  assert.deepEqual([...namesIn(output, STAYS)], ["site-web-1"]);
});

test("of 100 responses, 99 took as long as the bucket of the 99th says", () => {
  const within = new Map([
    [0.1, 50],
    [0.5, 98],
    [1, 100],
    [Number.POSITIVE_INFINITY, 100],
  ]);
  assert.equal(quantile(within, 0.99), 0.75);
  assert.equal(quantile(within, 0.5), 0.1);
  assert.ok(Number.isNaN(quantile(new Map(), 0.99)));
});

test("samples of one metric are found with their labels", () => {
  const text = '# HELP a b\nrequests{status="5xx",route="a, b"} 3\nrequests_total 9\nrequests 4\n';
  assert.deepEqual(samplesOf(text, "requests"), [
    { labels: { status: "5xx", route: "a, b" }, value: 3 },
    { labels: {}, value: 4 },
  ]);
});

test("a status of 500 or more and a missing response refuse a release, and others do not", () => {
  assert.equal(refusing([{ status: 200 }, { status: 404 }, { status: 302 }]), undefined);
  assert.equal(refusing([{ status: 200 }, { status: 503 }]), "status 503");
  assert.equal(refusing([{ error: "ECONNREFUSED" }]), "no response: ECONNREFUSED");
});

test("only tags that a deploy makes are pruned", () => {
  assert.equal(isContentTag("site/app:0123456789ab"), true);
  assert.equal(isContentTag("site/nginx:0123456789ab"), true);
  for (const other of ["site/app:local", "site/edge-port:0123456789ab", "site/app:v1.2.3"]) {
    assert.equal(isContentTag(other), false, other);
  }
});

test("there is room for all new replicas, and 256 MiB for everything else, or there is none", () => {
  const mebibytes = (count: number) => count * 2 ** 20;
  assert.equal(hasRoom(mebibytes(256 + 3 * 100), 3, mebibytes(100)), true);
  assert.equal(hasRoom(mebibytes(256 + 3 * 100) - 1, 3, mebibytes(100)), false);
});

test("memory is read as the kernel writes it", () => {
  assert.equal(availableIn("MemTotal: 9 kB\nMemAvailable:     2048 kB\n"), 2 ** 21);
  assert.equal(availableIn(""), undefined);
});
