import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { docker } from "./docker.ts";
import { logOf } from "./logs.ts";

/**
 * Keeps the tail of the log of every container of the project that dies with an error or turns
 * unhealthy: a start that fails takes its containers down before anybody can look.
 */
export async function keepLastWords(project: string) {
  const words = new Map<string, string>();
  const events = await docker.getEvents({
    filters: { type: ["container"], label: [`com.docker.compose.project=${project}`] },
  });
  const stream = events as Readable;
  const lines = createInterface({ input: stream });
  lines.on("line", async (line) => {
    const { Action, Actor } = JSON.parse(line);
    const { exitCode, name } = Actor.Attributes;
    // 143 is the TERM of whoever takes it down.
    const failed = Action === "die" && !["0", "143"].includes(exitCode);
    if (words.has(name) || (!failed && Action !== "health_status: unhealthy")) return;
    const tail = await logOf(docker.getContainer(Actor.ID), 20).catch(String);
    words.set(name, `--- ${name}: ${failed ? `exit code ${exitCode}` : "unhealthy"}\n${tail}`);
  });
  return {
    said: () => [...words.values()].join("\n"),
    close: () => stream.destroy(),
  };
}
