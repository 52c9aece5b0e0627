import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { run } from "../command.ts";
import { BUSY_EXIT_CODE, type Problem } from "../problem.ts";
import { claimDeployLock } from "./lock.ts";

const OWNER = `
  import { claimDeployLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
  // Not before: this user may have no access to the files of the clone.
  if (process.argv[2] !== undefined) process.setuid(Number(process.argv[2]));
  await claimDeployLock(process.argv[1], "deploy");
  console.log("held");
  setInterval(() => {}, 1000);
`;

async function assertHeld(project: string, pid: number | undefined): Promise<void> {
  const message = new RegExp(`^make deploy of process ${pid}, since .+, works on this project`);
  await assert.rejects(claimDeployLock(project, "up"), { message, exitCode: BUSY_EXIT_CODE });
}

test("a project is deployed once at a time, and a killed deploy leaves no lock behind", async (t) => {
  const project = `lock-test-${process.pid}`;
  const args = ["--input-type=module", "--eval", OWNER, project];
  const owner = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => owner.kill("SIGKILL"));
  await once(owner.stdout, "data");
  await assertHeld(project, owner.pid);
  (await claimDeployLock(`${project}-other`, "up"))[Symbol.dispose]();
  owner.kill("SIGKILL");
  await once(owner, "exit");
  (await claimDeployLock(project, "up"))[Symbol.dispose]();
});

test("a command that has ended its work gives the lock back, and one that forgets it ends all the same", async () => {
  const project = `lock-test-given-back-${process.pid}`;
  for (const command of ["up", "deploy"]) {
    using _lock = await claimDeployLock(project, command);
  }
  const forgets = OWNER.replace(/setInterval.*/, "");
  const args = ["--input-type=module", "--eval", forgets, project];
  const { code, output } = await run(process.execPath, args, { timeout: stretched(10_000) });
  assert.equal(code, 0, output);
});

test("another user's command is kept apart too: a timer of root's and a deploy of a user without rights", async (t) => {
  const project = `lock-test-users-${process.pid}`;
  const args = ["--input-type=module", "--eval", OWNER, project];
  // Root becomes another user; any other user is another one in a namespace of its own.
  const [command, ...words] =
    process.getuid?.() === 0
      ? [process.execPath, ...args, "65534"]
      : ["unshare", "--user", "--map-root-user", process.execPath, ...args];
  const owner = spawn(command ?? "", words, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => owner.kill("SIGKILL"));
  await once(owner.stdout, "data");
  await assertHeld(project, owner.pid);
});

for (const [what, connected] of [
  ["says nothing", () => {}],
  ["says something else", (socket: Socket) => socket.write("\u001b[2Jmake deploy of process 1\n")],
  ["never stops to say it", (socket: Socket) => socket.write("make ".repeat(100_000))],
] as const) {
  test(`a foreign process that has the lock's socket and ${what} is named as such, and not quoted`, async (t) => {
    const project = `lock-test-foreign-${process.pid}`;
    const foreign = createServer((socket) => {
      t.after(() => socket.destroy());
      connected(socket.on("error", () => {}));
    });
    foreign.listen(`\0gatehouse-${project}-deploy`);
    await once(foreign, "listening");
    t.after(() => foreign.close());
    const claim = claimDeployLock(project, "up");
    await assert.rejects(
      Promise.race([claim, expired()]),
      (error: Problem) =>
        error.exitCode === BUSY_EXIT_CODE &&
        error.message.startsWith(
          "a process that is no command of ours, or that hangs, has the lock",
        ) &&
        error.message.includes(`socket @gatehouse-${project}-deploy: sudo ss -xlp`),
    );
  });
}

async function expired(): Promise<never> {
  await pause(stretched(10_000), undefined, { ref: false });
  throw new Error("the claim has no end");
}
