/**
 * Preloaded (`node --import`) into the process whose main module is the application. Threads of the
 * application preload it too, since Node starts them with the flags of their process: it is small,
 * and does nothing there.
 */
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const { startWorker } = await import("./main.ts");
  await startWorker(import.meta.url);
}
