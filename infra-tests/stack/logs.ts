import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { docker } from "./docker.ts";
import type { Stack } from "./stack.ts";

/** What a container wrote, standard output and standard error in one, or only the last lines. */
export async function logOf(container: Docker.Container, tail?: number): Promise<string> {
  const frames = await container.logs({
    stdout: true,
    stderr: true,
    ...(tail === undefined ? {} : { tail }),
  });
  const merged = new PassThrough();
  const raw = Readable.from([frames]);
  raw.once("end", () => merged.end());
  docker.modem.demuxStream(raw, merged, merged);
  return await text(merged);
}

/** The tail of the logs of all containers of these services, as evidence for an error. */
export async function tails(stack: Stack, ...services: string[]): Promise<string> {
  const parts: string[] = [];
  for (const service of services) {
    for (const { Id, Names, Status } of await stack.containers(service)) {
      parts.push(`--- ${Names[0]} (${Status})`, await logOf(docker.getContainer(Id), 15));
    }
  }
  return parts.join("\n");
}
