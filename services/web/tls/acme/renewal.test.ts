import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { type WebSettings, webSettings } from "../../settings.ts";
import { makeCertificateFor } from "../../testing/https.ts";
import { AcmeFolder } from "./acme-folder.ts";
import { Renewal, renewalTime, retryDelay } from "./renewal.ts";

const DAY = 24 * 3600_000;
const MINUTE = 60_000;

test("a certificate is renewed when a third of its life is left, or up to a tenth of that earlier", () => {
  const validity = { from: 0, to: 90 * DAY };
  assert.equal(renewalTime(validity, 0), 60 * DAY);
  assert.equal(renewalTime(validity, 1), 57 * DAY);
  assert.equal(renewalTime({ from: 0, to: 6 * DAY }, 0), 4 * DAY);
});

test("after each failure twice as long is waited, and twelve hours at most", () => {
  assert.deepEqual(
    [1, 2, 3].map((failures) => retryDelay(failures, 0) / MINUTE),
    [1, 2, 4],
  );
  assert.equal(retryDelay(50, 0), 12 * 3600_000);
  assert.ok(Math.abs(retryDelay(1, 1) - 1.1 * MINUTE) < 1);
});

/** A renewal for two domains, with a certificate for these names that lies in its folder. */
async function startRenewal(t: TestContext, names: readonly string[]) {
  const acmeFolder = await mkdtemp(join(tmpdir(), "gatehouse-renewal-"));
  t.after(() => rm(acmeFolder, { recursive: true }));
  const { key, ca } = await makeCertificateFor(t, names);
  const folder = new AcmeFolder(acmeFolder);
  folder.prepare();
  folder.keepBundle(key, ca);
  const rows = Object.entries(webSettings.rows).map(([name, row]) => [name, row.default]);
  const settings: WebSettings = {
    ...Object.fromEntries(rows),
    ...{ acmeFolder, acmeDomains: ["a.example", "b.example"] },
    // The order ends here, before anything is sent.
    acmeCa: join(acmeFolder, "no-such-file"),
  };
  const events = new EventEmitter();
  const logger = {
    info: (message: string) => void events.emit(message),
    warn() {},
    error: (message: string) => void events.emit(message),
  };
  const renewal = new Renewal(settings, logger, async () => {});
  return {
    run: () => void renewal.run(),
    ordered: once(events, "certificate ordered by ACME", {
      signal: AbortSignal.timeout(stretched(10_000)),
    }),
  };
}

test("a certificate that is not for all the domains does not count: another one is ordered", async (t) => {
  const { run, ordered } = await startRenewal(t, ["a.example"]);
  run();
  await ordered;
});
