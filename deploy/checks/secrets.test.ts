import assert from "node:assert/strict";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { makeAuthority } from "../secrets/authority.ts";
import { makeCertificate } from "../secrets/certificate.ts";
import { ensureSecrets, makePassword } from "../secrets/secrets.ts";
import { temporaryClone } from "../testing.ts";
import { secretsCheck } from "./secrets.ts";

async function groundWithSecrets(t: TestContext) {
  const clone = await temporaryClone(t);
  await makePassword(clone);
  await ensureSecrets(clone, ["localhost"]);
  return { clone, environment: await readEnvironment(clone) };
}

test("a clone without secrets is no problem: the first run makes them", async (t) => {
  const clone = await temporaryClone(t);
  const findings = await secretsCheck.check({ clone, environment: await readEnvironment(clone) });
  assert.deepEqual(
    findings.map(({ ok }) => ok),
    [true],
  );
});

test("fresh secrets are in order", async (t) => {
  const [finding] = await secretsCheck.check(await groundWithSecrets(t));
  assert.match(finding?.text ?? "", /^the certificate is valid for \d{3} more days$/);
});

test("a folder open to others and a file that the containers cannot read name their chmod", async (t) => {
  const ground = await groundWithSecrets(t);
  await chmod(ground.clone.secrets, 0o755);
  await chmod(join(ground.clone.secrets, "tls.key"), 0o600);
  const texts = (await secretsCheck.check(ground)).map(({ text }) => text);
  assert.deepEqual(texts, [
    "secrets/ is open to other users (mode 0755): chmod 0700 secrets",
    "secrets/tls.key has mode 0600, not 0444: chmod 0444 secrets/tls.key",
  ]);
});

test("a missing file is named", async (t) => {
  const ground = await groundWithSecrets(t);
  await rm(join(ground.clone.secrets, "ca.crt"));
  const [finding] = await secretsCheck.check(ground);
  assert.equal(finding?.text, "secrets/ca.crt is missing: make up makes it anew");
});

test("an expired certificate is a problem", async (t) => {
  const ground = await groundWithSecrets(t);
  const past = new Date("2020-01-01");
  const authority = await makeAuthority("past", past);
  const { certificate } = await makeCertificate(authority, ["localhost"], past);
  const file = join(ground.clone.secrets, "tls.crt");
  await rm(file);
  await writeFile(file, certificate, { mode: 0o444 });
  const [finding] = await secretsCheck.check(ground);
  assert.equal(finding?.ok, false);
  assert.match(finding?.text ?? "", /expired \d+ days ago: make up renews/);
});
