import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Claim } from "./claim.ts";

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-claim-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Makes every claim look as if its edge had been killed ten minutes ago. */
function expire(folder: string): void {
  const then = new Date(Date.now() - 10 * 60_000);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), then, then);
}

test("one of several has the claim, until it releases it", (t) => {
  const folder = folderOf(t);
  const [one, other, third] = [new Claim(folder), new Claim(folder), new Claim(folder)];
  assert.deepEqual([one.acquire(), other.acquire(), third.acquire()], [true, false, false]);
  other.release();
  assert.equal(third.acquire(), false, "who has no claim releases none");
  one.release();
  assert.deepEqual([other.acquire(), one.acquire()], [true, false]);
});

test("the claim of an edge that was killed expires; that of a slow one does not", (t) => {
  const folder = folderOf(t);
  const [one, other] = [new Claim(folder), new Claim(folder)];
  assert.ok(one.acquire());
  expire(folder);
  one.renew();
  assert.equal(other.acquire(), false);
  expire(folder);
  assert.ok(other.acquire());
  one.renew();
  one.release();
  assert.equal(new Claim(folder).acquire(), false, "a lost claim takes nothing from the next one");
});

test("an edge that was slow to see a claim expire gives way to the one that has it now", (t) => {
  const folder = folderOf(t);
  const [one, other] = [new Claim(folder), new Claim(folder)];
  assert.ok(one.acquire());
  expire(folder);
  assert.ok(other.acquire());
  const [current = ""] = readdirSync(folder);
  assert.match(current, /^claim-2$/, "earlier numbers are removed");
  // The slow one had seen nothing, and creates the first number again.
  writeFileSync(join(folder, "claim-1"), "");
  expire(folder);
  assert.ok(new Claim(folder).acquire());
  assert.deepEqual(readdirSync(folder), ["claim-3"]);
});
