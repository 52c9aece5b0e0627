import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { root } from "./clone.ts";
import { docker, logOf } from "./docker.ts";
import type { Stack } from "./stack.ts";

/** The end of the logs of all containers of these services, for an error message. */
export async function tails(stack: Stack, ...services: string[]): Promise<string> {
  const parts: string[] = [];
  for (const service of services) {
    for (const { Id, Names, Status } of await stack.containers(service)) {
      parts.push(`--- ${Names[0]} (${Status})`, await logOf(docker.getContainer(Id), 15));
    }
  }
  return parts.join("\n");
}

/** Writes the whole log of each container to `reports/logs`. @returns the folder */
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

/**
 * Records the end of the log of every container of the project that fails or becomes unhealthy. A start
 * that fails removes its containers, and the logs with them.
 */
export async function recordFailures(project: string) {
  const recorded = new Map<string, string>();
  const events = await docker.getEvents({
    filters: { type: ["container"], label: [`com.docker.compose.project=${project}`] },
  });
  const stream = events as Readable;
  const lines = createInterface({ input: stream });
  lines.on("line", async (line) => {
    const { Action, Actor } = JSON.parse(line);
    const { exitCode, name } = Actor.Attributes;
    // 143: ended by TERM, on purpose.
    const failed = Action === "die" && !["0", "143"].includes(exitCode);
    if (recorded.has(name) || (!failed && Action !== "health_status: unhealthy")) return;
    const tail = await logOf(docker.getContainer(Actor.ID), 20).catch(String);
    recorded.set(name, `--- ${name}: ${failed ? `exit code ${exitCode}` : "unhealthy"}\n${tail}`);
  });
  return {
    text: () => [...recorded.values()].join("\n"),
    close: () => stream.destroy(),
  };
}
