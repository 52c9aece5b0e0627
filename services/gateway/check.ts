import { once } from "node:events";
import { createLogger } from "@gatehouse/telemetry";
import type { Configuration } from "./configuration.ts";
import { launchOf } from "./pool/launch.ts";
import { WorkerProcess } from "./pool/worker-process.ts";

/**
 * What --check-config does: boots the application in one worker, which gets no connections, and ends
 * it again. @returns the exit code: 0 where it boots.
 */
export async function checkConfiguration(configuration: Configuration): Promise<number> {
  const { app, bootTimeout, port, gracefulTimeout } = configuration.settings;
  const worker = new WorkerProcess(1, launchOf(configuration, port));
  const late = setTimeout(() => worker.kill("too slow to start"), bootTimeout);
  const booted = await Promise.race([
    once(worker, "booted").then(() => true),
    worker.ended.then(() => false),
  ]);
  clearTimeout(late);
  if (!booted) {
    const { detail, message } = worker.bootError(await worker.ended);
    process.stderr.write(`no: ${detail}\n${message}\n`);
    return 1;
  }
  worker.serve();
  worker.retire(0, gracefulTimeout);
  const stuck = setTimeout(() => worker.kill("graceful timeout"), gracefulTimeout);
  const { cause } = await worker.ended;
  clearTimeout(stuck);
  if (cause !== "retired") createLogger("gateway", {}).warn("it did not shut down", { cause });
  process.stdout.write(`yes: ${app} boots\n`);
  return 0;
}
