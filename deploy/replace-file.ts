import { randomUUID } from "node:crypto";
import { chmod, chown, rename, rm, stat, writeFile } from "node:fs/promises";

/** A file of settings may have a password: only its owner reads it. */
export const ENV_FILE_MODE = 0o600;

/**
 * Writes a file, or replaces it, all at once: a reader sees the old text or the new one, and so does the next start after
 * a loss of power. What is written meanwhile has a name of its own, so that two writers, or what a killed one has left,
 * do not disturb each other. Root replaces a file of another user as that user's.
 * @param mode of the new file, whatever the old one had
 * @throws the system's error, which names the file
 */
export async function replaceFile(
  file: string,
  text: string | Uint8Array,
  mode: number,
): Promise<void> {
  const making = `${file}.${randomUUID()}.new`;
  try {
    await writeFile(making, text, { flag: "wx", mode: 0o600, flush: true });
    if (process.geteuid?.() === 0) {
      const before = await stat(file).catch(() => undefined);
      if (before !== undefined) await chown(making, before.uid, before.gid);
    }
    await chmod(making, mode);
    await rename(making, file);
  } catch (error) {
    await rm(making, { force: true }).catch(() => {});
    if (error instanceof Error) nameIn(error, making, file);
    throw error;
  }
}

/** Has an error name the file, and not what is made beside it. */
function nameIn(error: NodeJS.ErrnoException, making: string, file: string): void {
  error.message = error.message.replace(`'${making}' -> `, "").replace(making, file);
  if (error.path === making) error.path = file;
}
