import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { publicCheck } from "./public.ts";

async function findingsOf(t: TestContext, ...lines: string[]): Promise<string[]> {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, lines.join("\n"));
  const environment = await readEnvironment(clone, {});
  const findings = await publicCheck.check({ clone, environment });
  return findings.map(({ warns, text }) => `${warns ? "warning" : "ok"} ${text}`);
}

const PUBLIC = ["PUBLISH_BIND=0.0.0.0", "PUBLISH_HTTP_PORT=80", "PUBLISH_HTTPS_PORT=443"];
const SAFE = ["WEB_PUBLIC_ORIGIN=https://www.example.org", "WEB_HTTPS=redirect"];

test("a replica on loopback needs nothing more", async (t) => {
  assert.deepEqual(await findingsOf(t), ["ok only this machine reaches the site, at 127.0.0.1"]);
});

test("a site that is ready for the internet has no warning", async (t) => {
  const acme = "WEB_ACME_DOMAINS=www.example.org";
  assert.deepEqual(await findingsOf(t, ...PUBLIC, ...SAFE, acme), [
    "ok the site is published on 0.0.0.0",
  ]);
});

for (const [what, lines, text] of [
  [
    "an origin that is no address, because none is set",
    [...PUBLIC, "WEB_HTTPS=redirect"],
    /^warning redirects lead to https:\/\/0\.0\.0\.0:443, which is no address .+ set WEB_PUBLIC_ORIGIN=/,
  ],
  [
    "an origin without TLS",
    [...PUBLIC, ...SAFE, "WEB_PUBLIC_ORIGIN=http://www.example.org"],
    /^warning WEB_PUBLIC_ORIGIN=http:\/\/www\.example\.org is not https/,
  ],
  [
    "an origin that only this machine knows",
    [...PUBLIC, ...SAFE, "WEB_PUBLIC_ORIGIN=https://shop.test"],
    /^warning redirects lead to https:\/\/shop\.test, a name that only this machine knows/,
  ],
  [
    "names for ACME that no authority reaches on loopback",
    ["WEB_ACME_DOMAINS=www.example.org"],
    /^warning no authority can reach www\.example\.org on 127\.0\.0\.1: set PUBLISH_BIND=/,
  ],
  [
    "names for ACME without port 80",
    [...PUBLIC, ...SAFE, "PUBLISH_HTTP_PORT=8080", "WEB_ACME_DOMAINS=www.example.org"],
    /^warning an authority asks www\.example\.org at port 80, and HTTP is published on 8080/,
  ],
  [
    "pages over plain HTTP",
    [...PUBLIC, "WEB_PUBLIC_ORIGIN=https://www.example.org"],
    /^warning WEB_HTTPS is serve: .+ set WEB_HTTPS=redirect$/,
  ],
  [
    "a forwarded address from any client",
    [...PUBLIC, ...SAFE, "WEB_TRUSTED_PROXIES=0.0.0.0/0"],
    /^warning WEB_TRUSTED_PROXIES trusts every client/,
  ],
] as const) {
  test(`make doctor warns of ${what}`, async (t) => {
    const findings = await findingsOf(t, ...lines);
    assert.equal(findings.length, 1, findings.join("\n"));
    assert.match(findings[0] ?? "", text);
  });
}
