import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { claimDeployLock } from "./lock.ts";

const HOLDER = `
  import { claimDeployLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
  await claimDeployLock(process.argv[1], "deploy");
  console.log("held");
  setInterval(() => {}, 1000);
`;

test("a project is deployed once at a time, and a killed deploy leaves no lock behind", async (t) => {
  const project = `lock-test-${process.pid}`;
  const args = ["--input-type=module", "--eval", HOLDER, project];
  const holder = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  const refused = new RegExp(
    `^make deploy of process ${holder.pid}, since .+, works on this project`,
  );
  await assert.rejects(claimDeployLock(project, "up"), { message: refused });
  (await claimDeployLock(`${project}-other`, "up"))[Symbol.dispose]();
  holder.kill("SIGKILL");
  await once(holder, "exit");
  (await claimDeployLock(project, "up"))[Symbol.dispose]();
});
