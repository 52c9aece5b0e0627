import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./clone.ts";
import { docker } from "./docker.ts";
import { logOf } from "./logs.ts";
import type { Stack } from "./stack.ts";

/** Writes the whole log of each container to `reports/logs`, for after the stack is gone. */
export async function writeLogs(stack: Stack): Promise<string> {
  const folder = join(root, "reports", "logs");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { Id, Names } of await stack.containers()) {
    const name = (Names[0] ?? Id).replace(`/${stack.project}-`, "");
    await writeFile(join(folder, `${name}.log`), await logOf(docker.getContainer(Id)));
  }
  return folder;
}
