import { copyFile, cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clone, openClone } from "./clone.ts";
import { freePorts } from "./dev/ports.ts";

/** A test, or node:test itself for the life of the test file. */
interface Lifetime {
  readonly after: (work: () => Promise<void>) => void;
}

/** A TCP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts([0]);
  return port;
}

/** A folder that is removed after the test. */
export async function temporaryFolder(t: Lifetime): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A clone with nothing in it but .env.example. */
export async function temporaryClone(t: Lifetime): Promise<Clone> {
  const clone = openClone(await temporaryFolder(t));
  await copyFile(openClone().envExample, clone.envExample);
  return clone;
}

/** A new clone whose commands can run, with the installed packages of this one. */
export async function runnableClone(t: Lifetime, { packages = true } = {}): Promise<Clone> {
  const clone = await temporaryClone(t);
  const { root } = openClone();
  for (const name of [
    "package.json",
    "compose.yaml",
    "deploy",
    "examples",
    "packages",
    "services",
  ]) {
    await cp(join(root, name), join(clone.root, name), { recursive: true });
  }
  if (packages) await symlink(join(root, "node_modules"), join(clone.root, "node_modules"));
  return clone;
}
