import { type BigIntStats, constants, fstatSync } from "node:fs";
import { type FileHandle, open, readlink, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

export interface OpenedFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly modifiedNs: bigint;
  readonly state: string;
}

/** A named pipe must not make the edge wait for its writer. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

const ABSENT = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP", "ENXIO"]);

/**
 * Opens a file below `folder`. A link may lie in the folder, but must lead neither out of it nor to
 * anything hidden. The opened file is checked, not the path: a link that changes meanwhile gains
 * nothing.
 * @param name a path within the folder
 * @returns undefined where there is no such file, "folder" where there is a folder of that name
 * @throws any other error that keeps the file from being read, such as EACCES or EMFILE
 */
export async function openFile(
  folder: string,
  name: string,
): Promise<OpenedFile | "folder" | undefined> {
  const path = join(folder, name);
  const [root, handle] = await Promise.all([
    realpath(folder).catch(absent),
    open(path, FLAGS).catch(absent),
  ]);
  if (handle === undefined) return undefined;
  const opened = root === undefined ? undefined : await inspect(root, path, handle);
  if (typeof opened !== "object") await handle.close();
  return opened;
}

async function inspect(root: string, path: string, handle: FileHandle) {
  const [stats, real] = await Promise.all([
    handle.stat({ bigint: true }),
    realPathOf(handle, path),
  ]);
  if (real !== root && !real.startsWith(root + sep)) return undefined;
  if (real.slice(root.length).includes("/.")) return undefined;
  if (stats.isDirectory()) return "folder";
  if (!stats.isFile()) return undefined;
  const { size, mtimeNs } = stats;
  return { handle, size: Number(size), modifiedNs: mtimeNs, state: stateOf(stats) };
}

/** The state of the file that a path names now; "" where there is none. */
export async function currentState(folder: string, name: string): Promise<string> {
  const stats = await stat(join(folder, name), { bigint: true }).catch(absent);
  return stats === undefined ? "" : stateOf(stats);
}

/** Synchronous: the kernel has an open file's state in memory, and another thread would cost more. */
export function isUnchanged({ handle, state }: OpenedFile): boolean {
  return stateOf(fstatSync(handle.fd, { bigint: true })) === state;
}

function stateOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}.${ino}.${size}.${mtimeNs}`;
}

/** Where an open file lies, links resolved; from the kernel where it has this. */
async function realPathOf(handle: FileHandle, path: string): Promise<string> {
  return process.platform === "linux" ? readlink(`/proc/self/fd/${handle.fd}`) : realpath(path);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (!ABSENT.has(error.code ?? "")) throw error;
}
