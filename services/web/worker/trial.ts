import { type ExecFileException, execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const ENTRY = join(import.meta.dirname, "../check.ts");
/** Milliseconds; many times what a site needs. */
const TIMEOUT = 20_000;

export const VALID = "site and certificates are fit to serve\n";
const ENDED_EARLY = "site.ts ended its process before it was loaded";

/**
 * Loads the site and the certificates in a process of their own, as `nginx -t` does: a site.ts that
 * hangs, exits or crashes does no harm there.
 * @throws Error with the reason why they cannot be served.
 */
export async function tryOut(): Promise<void> {
  const args = [ENTRY, ...process.argv.slice(2)];
  const trial = promisify(execFile)(process.execPath, args, { timeout: TIMEOUT });
  const { stdout } = await trial.catch((error: unknown) => {
    throw new Error(reasonOf(error));
  });
  if (!stdout.endsWith(VALID)) throw new Error(ENDED_EARLY);
}

function reasonOf(error: unknown): string {
  const { stderr = "", killed, syscall, message } = error as ExecFileException;
  if (killed) return `site.ts did not load within ${TIMEOUT / 1000} s`;
  // Only a process that never started has failed in a system call.
  if (syscall !== undefined) return `the trial could not be started: ${message}`;
  return String(stderr).trim() || ENDED_EARLY;
}
