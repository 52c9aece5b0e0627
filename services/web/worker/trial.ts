import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const ENTRY = join(import.meta.dirname, "../check.ts");
/** Milliseconds that a sound site needs by far. */
const PATIENCE = 20_000;

/** The last line of a check that came to its end. */
export const FIT = "site and certificates are fit to serve\n";
const SILENT_END = "site.ts ended its process without a word";

/**
 * Loads the site and the certificates in a process of their own, as `nginx -t` would: what hangs,
 * exits or crashes there has done no harm.
 * @throws Error with the reason why they cannot be served.
 */
export async function tryOut(): Promise<void> {
  const words = [ENTRY, ...process.argv.slice(2)];
  const trial = promisify(execFile)(process.execPath, words, { timeout: PATIENCE });
  const { stdout } = await trial.catch((error: unknown) => {
    throw new Error(reasonOf(error));
  });
  if (!stdout.endsWith(FIT)) throw new Error(SILENT_END);
}

/** What Node tells of a process that failed; `syscall` where it never began. */
interface ExecFailure {
  readonly stderr: string;
  readonly killed: boolean;
  readonly syscall: string;
  readonly message: string;
}

function reasonOf(error: unknown): string {
  const { stderr = "", killed, syscall, message } = error as Partial<ExecFailure>;
  if (killed) return `site.ts did not load within ${PATIENCE / 1000} s`;
  if (syscall !== undefined) return `the trial could not be started: ${message}`;
  return stderr.trim() || SILENT_END;
}
