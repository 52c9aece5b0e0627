import assert from "node:assert/strict";
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Clone } from "../clone.ts";
import { readEnvironment } from "../env/environment.ts";
import { makeAuthority } from "../secrets/authority.ts";
import { makeCertificate } from "../secrets/certificate.ts";
import { ensureSecrets, makePassword } from "../secrets/secrets.ts";
import { temporaryClone } from "../testing.ts";
import { secretsCheck } from "./secrets.ts";

async function subjectWithSecrets(t: TestContext) {
  const clone = await temporaryClone(t);
  await makePassword(clone);
  await ensureSecrets(clone, ["localhost"]);
  return { clone, environment: await readEnvironment(clone) };
}

async function replaceCertificate({ clone }: { clone: Clone }, text: string) {
  const file = join(clone.secrets, "tls.crt");
  await rm(file);
  await writeFile(file, text, { mode: 0o444 });
}

test("a clone without secrets is fine: the first run makes them", async (t) => {
  const clone = await temporaryClone(t);
  const findings = await secretsCheck.check({ clone, environment: await readEnvironment(clone) });
  assert.deepEqual(
    findings.map(({ ok }) => ok),
    [true],
  );
});

test("new secrets are fine", async (t) => {
  const [finding] = await secretsCheck.check(await subjectWithSecrets(t));
  assert.match(finding?.text ?? "", /^the certificate is valid for \d{3} more days$/);
});

for (const [name, mode, wanted] of [
  ["ca.key", 0o444, "0400"],
  ["ca.key", 0o440, "0400"],
  ["ca.key", 0o401, "0400"],
  ["tls.key", 0o440, "0444"],
  ["tls.key", 0o446, "0444"],
  ["database_password", 0o404, "0444"],
] as const) {
  test(`${name} with mode 0${mode.toString(8)} is a problem, and the fix is named`, async (t) => {
    const subject = await subjectWithSecrets(t);
    await chmod(join(subject.clone.secrets, name), mode);
    const texts = (await secretsCheck.check(subject)).map(({ text }) => text);
    assert.deepEqual(texts, [
      `secrets/${name} has mode 0${mode.toString(8)}, not ${wanted}: chmod ${wanted} secrets/${name}`,
    ]);
  });
}

test("a file that its owner may also write, as an editor leaves it, is fine", async (t) => {
  const subject = await subjectWithSecrets(t);
  await chmod(join(subject.clone.secrets, "tls.key"), 0o644);
  assert.deepEqual(
    (await secretsCheck.check(subject)).map(({ ok }) => ok),
    [true],
  );
});

test("a folder open to others and a file that containers cannot read are reported with a chmod", async (t) => {
  const subject = await subjectWithSecrets(t);
  await chmod(subject.clone.secrets, 0o755);
  await chmod(join(subject.clone.secrets, "tls.key"), 0o600);
  const texts = (await secretsCheck.check(subject)).map(({ text }) => text);
  assert.deepEqual(texts, [
    "secrets/ is open to other users (mode 0755): chmod 0700 secrets",
    "secrets/tls.key has mode 0600, not 0444: chmod 0444 secrets/tls.key",
  ]);
});

test("a missing file is reported", async (t) => {
  const subject = await subjectWithSecrets(t);
  await rm(join(subject.clone.secrets, "ca.crt"));
  const [finding] = await secretsCheck.check(subject);
  assert.equal(finding?.text, "secrets/ca.crt is missing: make up makes a new one");
});

test("an expired certificate is a problem", async (t) => {
  const subject = await subjectWithSecrets(t);
  const past = new Date("2020-01-01");
  const authority = await makeAuthority("past", past);
  const { certificate } = await makeCertificate(authority, ["localhost"], past);
  await replaceCertificate(subject, certificate);
  const [finding] = await secretsCheck.check(subject);
  assert.equal(finding?.ok, false);
  assert.match(
    finding?.text ?? "",
    /expired \d+ days ago: make up renews one of the local CA; replace one of your own with a new one$/,
  );
});

test("a file that is not a certificate is a problem, and the fix is named", async (t) => {
  const subject = await subjectWithSecrets(t);
  await replaceCertificate(subject, "words");
  const [finding] = await secretsCheck.check(subject);
  assert.equal(finding?.ok, false);
  assert.equal(
    finding?.text,
    "secrets/tls.crt is not a certificate: delete it, and make up makes one",
  );
});
