import { once } from "node:events";
import { copyFile, cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clone, openClone } from "./clone.ts";

/** A test, or node:test itself for what lasts as long as the file. */
interface Lifetime {
  readonly after: (work: () => Promise<void>) => void;
}

/** A TCP port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A folder that goes when the test is done. */
export async function temporaryFolder(t: Lifetime): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A clone with nothing in it but the manual of .env. */
export async function temporaryClone(t: Lifetime): Promise<Clone> {
  const clone = openClone(await temporaryFolder(t));
  await copyFile(openClone().envExample, clone.envExample);
  return clone;
}

/** A clone whose commands can be run: as if just made, but with this one's installed packages. */
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
