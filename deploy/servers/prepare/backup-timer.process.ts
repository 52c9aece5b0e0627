import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { readSettings } from "@gatehouse/settings";
import { openClone } from "../../clone.ts";
import { run } from "../../command.ts";
import { BUSY_EXIT_CODE } from "../../problem.ts";
import { temporaryFolder } from "../../testing.ts";
import { serverSettings } from "../settings.ts";
import { backupTimerStep, nightlyBackup } from "./backup-timer.ts";

/** A site on a server, whose backup is this program. */
async function site(t: TestContext, backup: string): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "node_modules/.bin"), { recursive: true });
  await symlink(process.execPath, join(folder, "node_modules/.bin/node"));
  await mkdir(join(folder, "deploy"));
  await writeFile(join(folder, "deploy/main.ts"), backup);
  return folder;
}

const nightly = (folder: string, change = (script: string) => script) =>
  run("sh", [], { input: change(nightlyBackup({ folder })) });

/** The exit codes after which systemd does not try again. */
async function final(): Promise<string[]> {
  const unit = join(openClone().root, "deploy/backups/gatehouse-backup@.service");
  const [, codes = ""] =
    /^RestartPreventExitStatus=(.*)$/m.exec(await readFile(unit, "utf8")) ?? [];
  return codes.split(" ");
}

test("the nightly backup ends as the backup does: after a hook that failed systemd makes no other one", async (t) => {
  const folder = await site(t, "process.exitCode = 1;");
  const { code } = await nightly(folder);
  assert.equal(code, 1);
  assert.ok((await final()).includes(`${code}`));
  assert.equal((await nightly(await site(t, ""))).code, 0);
});

test("a command of the operator that does not end is waited for, and then systemd tries again later", async (t) => {
  const folder = await site(t, "console.log('never');");
  await mkdir(join(folder, ".releases"));
  const lock = join(folder, ".releases/lock");
  const other = spawn("flock", [lock, "cat"], { stdio: ["pipe", "ignore", "inherit"] });
  t.after(() => other.kill());
  while (spawnSync("flock", ["--nonblock", lock, "true"]).status !== 1) await pause(20);
  const { code, output } = await nightly(folder, (script) =>
    script.replace("--wait 3600", "--wait 1"),
  );
  assert.equal(code, BUSY_EXIT_CODE, output);
  assert.doesNotMatch(output, /never/);
  assert.equal((await final()).includes(`${code}`), false);
  other.stdin.end();
  await once(other, "close");
});

test("while it runs it has the lock, by its name", async (t) => {
  const folder = await site(
    t,
    `import { spawnSync } from "node:child_process";
     import { readFileSync } from "node:fs";
     console.log(spawnSync("flock", ["--nonblock", ".releases/lock", "true"]).status);
     console.log(readFileSync(".releases/owner", "utf8"));`,
  );
  assert.match((await nightly(folder)).stdout, /^1\n\d+ the nightly backup, since \S+\n/);
});

test("nothing runs before the script, and so outside of the lock", async () => {
  const { values } = readSettings(serverSettings, { SERVER_HOST: "203.0.113.7" }, []);
  const { make } = await backupTimerStep({ server: values, folder: values.folder });
  assert.match(
    make,
    /\nExecStartPre=\nExecStart=\nExecStart=\/bin\/sh \/etc\/gatehouse\/backup-srv\.gatehouse\.sh\n/,
  );
});
