import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { ATTACKS } from "./attacks.ts";

/**
 * `node attackers.ts AT COUNT PORTS` is COUNT hostile clients of the kind ATTACKS[AT], until its parent
 * ends it. They have a process of their own with the lowest priority: in the world they are other
 * machines, and must not take the processors of the servers by being here.
 */
const [, , at, count, ports] = process.argv;
const attack = ATTACKS[Number(at)];
if (attack === undefined) throw new Error(`no attack ${at}`);
setPriority(19);
const ended = new AbortController();
// A connection that is not read from keeps no process alive.
setInterval(() => undefined, 60_000);
process.once("SIGTERM", () => {
  ended.abort();
  process.exit();
});

async function clients(): Promise<void> {
  while (!ended.signal.aborted) {
    await attack?.client(JSON.parse(String(ports)), ended.signal);
    // One that was refused comes again soon, not in a loop of its own.
    await pause(100);
  }
}

// Who connects all at once is a flood of SYNs, which is the kernel's matter.
for (let started = 0; started < Number(count); started++) {
  void clients();
  if (started % 50 === 0) await pause(20);
}
process.stdout.write("all are there\n");
