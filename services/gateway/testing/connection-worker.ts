import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Handover } from "../pool/handover.ts";
import { temporaryFolder } from "./gateway-process.ts";

/** Reports for each connection: its process, how many it has had, and what the client sent. */
export const SERVES = `
  let count = 0;
  process.on("message", ({ type, id }, socket) => {
    if (type !== "connection") return;
    const number = ++count;
    process.send({ type: "taken", id });
    socket.once("data", (bytes) => socket.end([process.pid, number, bytes].join(" ")));
  });`;

/** Leaves every connection to another worker, as one that is late does. */
export const LEAVES = `
  process.on("message", ({ type, id }, socket) => {
    if (type !== "connection") return;
    socket.destroy();
    process.send({ type: "not-taken", id });
  });`;

/** Takes nothing, and looks at nothing, but does not outlive a test that is killed. */
export const STUCK = "const parent = process.ppid; while (process.ppid === parent);";

/** A process of this source that connections are handed to; it has started. */
export async function startConnectionWorker(t: TestContext, source: string, passOnAfter?: number) {
  const file = join(temporaryFolder(t), "worker.mjs");
  writeFileSync(file, `process.send("started");\n${source}`);
  const worker = fork(file);
  t.after(() => worker.kill("SIGKILL"));
  await once(worker, "message");
  const handover = new Handover(worker, passOnAfter);
  worker.on("message", (message: { type: "taken" | "not-taken"; id: number }) =>
    handover.settle(message),
  );
  return { worker, handover };
}
