import type { Configuration } from "./configuration.ts";
import { GatewayWorker } from "./worker/worker.ts";

/**
 * What --check-config does: boots the application as a worker would, in this process, and ends it
 * again. @returns the exit code: 0 where it boots.
 */
export async function checkConfiguration(configuration: Configuration): Promise<number> {
  const { app, bootTimeout } = configuration.settings;
  const worker = new GatewayWorker(configuration);
  const late = setTimeout(() => {
    process.stderr.write(`no: ${app} was not ready within ${bootTimeout} ms\n`);
    process.exit(1);
  }, bootTimeout);
  try {
    await worker.boot();
    await worker.leave(0);
  } catch (error) {
    process.stderr.write(`no: ${error instanceof Error ? error.stack : error}\n`);
    return 1;
  } finally {
    clearTimeout(late);
  }
  process.stdout.write(`yes: ${app} boots\n`);
  return 0;
}
