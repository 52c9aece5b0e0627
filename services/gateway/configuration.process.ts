import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gatewayCommand, startGateway, temporaryFolder, verb } from "./testing/gateway-process.ts";

const fixtures = join(import.meta.dirname, "testing/fixtures");

function configFile(t: TestContext, source: string): string {
  const path = join(temporaryFolder(t), "gateway.config.ts");
  writeFileSync(path, source);
  return path;
}

test("the file, the environment and flags: later wins, and each origin is shown", async (t) => {
  const source = "export default { workers: 3, keepAlive: 9000, lameDuck: 100 };";
  const config = configFile(t, source);
  process.env.GATEWAY_LAME_DUCK = "200";
  t.after(() => delete process.env.GATEWAY_LAME_DUCK);
  const flags = [`--config=${config}`, "--keep-alive=8000", "--print-config"];
  const { code, stdout } = await gatewayCommand(...flags);
  assert.equal(code, 0);
  for (const line of [
    "GATEWAY_WORKERS=3\t# file",
    "GATEWAY_LAME_DUCK=200\t# environment",
    "GATEWAY_KEEP_ALIVE=8000\t# flag",
    "GATEWAY_PORT=8000\t# default",
  ]) {
    assert.ok(stdout.split("\n").includes(line), `${line} is missing in\n${stdout}`);
  }
});

const refusals: [string, string, RegExp][] = [
  ["a bad value", "export default { workers: -1 };", /: workers="-1": expected a whole number/],
  ["an unknown name", "export default { wrokers: 1 };", /: wrokers: no such .* mean workers\?$/],
  ["no default export", "export const workers = 1;", /has no default export/],
  ["a file that throws", 'throw new Error("torn");', /cannot be loaded: Error: torn/],
];

for (const [what, source, message] of refusals) {
  test(`${what} in the file stops the start with one line and exit code 78`, async (t) => {
    const { code, stderr } = await gatewayCommand(`--config=${configFile(t, source)}`);
    assert.equal(code, 78);
    assert.match(stderr.trim(), message);
    assert.equal(stderr.trim().split("\n").length, 1);
  });
}

test("a file that was named must be there", async () => {
  const { code, stderr } = await gatewayCommand("--config=/nowhere/gateway.config.ts");
  assert.deepEqual(
    [code, stderr.trim()],
    [78, '--config="/nowhere/gateway.config.ts": there is no such file'],
  );
});

test("--check-config boots the application, and says yes", async () => {
  const { code, stdout } = await gatewayCommand("--check-config", `${fixtures}/fetch.ts`);
  assert.equal(code, 0);
  assert.match(stdout, /^yes: .*fetch\.ts boots$/m);
});

test("--check-config says no with the application's own error", async () => {
  const { code, stderr } = await gatewayCommand("--check-config", `${fixtures}/broken.ts`);
  assert.equal(code, 1);
  assert.match(stderr, /^no: Error: no ink in the printer\n\s+at .*broken\.ts:4/);
});

test("a reload reads the file anew; a bad one aborts it", async (t) => {
  const config = configFile(t, "export default { workers: 1 };");
  const gateway = startGateway(t, "listener.ts", `--config=${config}`);
  await gateway.ready();
  writeFileSync(config, "export default { workers: 2 };");
  assert.equal((await verb(gateway, "reload")).code, 0);
  assert.equal(JSON.parse((await verb(gateway, "status")).stdout).workers.length, 2);
  writeFileSync(config, "export default { workers: 0.5 };");
  const { code, stderr } = await verb(gateway, "reload");
  assert.equal(code, 1);
  assert.match(stderr, /workers="0\.5": expected a whole number/);
});
