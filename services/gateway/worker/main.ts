import { setImmediate } from "node:timers";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { createLogger, startTraces } from "@gatehouse/telemetry";
import type { ProcessEvents } from "../applications/process-events.ts";
import { startConfiguration } from "../configuration.ts";
import { forgetPreloading, type Launch } from "../pool/launch.ts";
import { GatewayWorker } from "./worker.ts";

/**
 * Bytes of bytecode that V8 puts into one function; its own limit is 920. So it inlines more of the
 * small functions that every request calls. Measured: 0.04 x of what a bare server spends on a
 * request. A V8 that does not know the flag prints a warning and continues.
 */
const INLINED = 4000;
const PARENT_CHECK = 500;

/** Makes this process a worker, before Node loads its main module, which is the application. */
export async function startWorker(launch: Launch, events: ProcessEvents): Promise<void> {
  forgetPreloading();
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED}`);
  const { settings, ...configuration } = await startConfiguration(launch.args);
  endWithParent();
  const { app, port } = launch;
  const logger = createLogger("gateway", {});
  const worker = new GatewayWorker(
    { ...configuration, settings: { ...settings, app, port } },
    logger,
    await startTraces(settings, logger),
    events,
  );
  await worker.prepare();
  // Node begins to load the main module as soon as this one is loaded. The worker joins it.
  setImmediate(() => void worker.run());
}

/**
 * Ends this process soon after its parent has ended, even if its event loop spins: Node has no event
 * for the death of a parent, so a thread of its own checks.
 */
function endWithParent(): void {
  // A script: a module would have to be compiled in every worker.
  const script = `(${watchParent})(${process.ppid}, ${PARENT_CHECK})`;
  new Worker(script, {
    eval: true,
    // Without NODE_OPTIONS too: what it preloads, such as an agent for traces, is too large for this.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  }).unref();
}

function watchParent(parent: number, interval: number): void {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, interval);
}
