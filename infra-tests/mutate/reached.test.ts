import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const REACHED = join(import.meta.dirname, "reached.ts");

/** As instrumented code counts what it reaches. */
const reach = (mutant: number) => `
  globalThis.__stryker__ ??= {};
  globalThis.__stryker__.mutantCoverage ??= { static: {}, perTest: {} };
  globalThis.__stryker__.mutantCoverage.static[${mutant}] ??= 1;`;

test("what a killed process of a process had reached is reached by the test that started it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "reached-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const grandchild = `${reach(3)} process.kill(process.pid, "SIGKILL");`;
  const start = (script: string) =>
    `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(script)}]);`;
  const script = `${reach(1)} ${start(`${reach(2)} ${start(grandchild)}`)}
    process.on("exit", () => console.log(JSON.stringify(globalThis.__stryker__)));`;
  const said = execFileSync(process.execPath, [`--require=${REACHED}`, "-e", script], {
    cwd: folder,
    env: { ...process.env, STRYKER_DRY_RUN: "true" },
  });
  const { mutantCoverage } = JSON.parse(said.toString());
  assert.deepEqual(Object.keys(mutantCoverage.static), ["1", "2", "3"]);
  assert.deepEqual(readdirSync(folder), []);
});
