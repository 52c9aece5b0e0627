/**
 * Loaded before the main module of its process, which is the application: by preload.cjs, or by
 * `node --import`. Threads of the application preload it too, since Node starts them with the flags of
 * their process: it is small, and does nothing there.
 */
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const { takeLaunch } = await import("../pool/launch.ts");
  const launch = takeLaunch();
  if (launch !== undefined) {
    // Before all that takes its time: a signal to the process group would end the worker.
    const { ProcessEvents } = await import("../applications/process-events.ts");
    const events = new ProcessEvents();
    const { startWorker } = await import("./main.ts");
    await startWorker(launch, events);
  }
}
