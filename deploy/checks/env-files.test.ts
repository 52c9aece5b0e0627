import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { envFilesCheck } from "./env-files.ts";

/** What is found in a clone whose files have these modes. */
async function foundWith(t: TestContext, env: number, application: number) {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, "");
  await chmod(clone.envFile, env);
  await writeFile(clone.applicationEnvFile, "");
  await chmod(clone.applicationEnvFile, application);
  return await envFilesCheck.check({ clone, environment: await readEnvironment(clone) });
}

test("files that only their owner reads are fine, and so are files that are not there yet", async (t) => {
  assert.deepEqual(
    (await foundWith(t, 0o600, 0o400)).map(({ warns }) => warns),
    [undefined],
  );
  const clone = await temporaryClone(t);
  const environment = await readEnvironment(clone);
  const findings = await envFilesCheck.check({ clone, environment });
  assert.deepEqual(
    findings.map(({ warns }) => warns),
    [undefined],
  );
});

test("a file that others may read is a warning with its fix, and stops nothing", async (t) => {
  const [finding] = await foundWith(t, 0o640, 0o600);
  assert.equal(finding?.ok, true);
  assert.equal(finding?.warns, true);
  assert.match(finding?.text ?? "", /may read \.env: chmod 600 \.env$/);
  const [both] = await foundWith(t, 0o644, 0o604);
  assert.match(both?.text ?? "", /may read \.env and app\.env: chmod 600 \.env app\.env$/);
});
