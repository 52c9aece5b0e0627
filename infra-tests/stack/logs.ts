import type Docker from "dockerode";
import { docker } from "./docker.ts";
import type { Stack } from "./stack.ts";

const HEADER = 8;

/** What a container wrote, standard output and standard error in one, or only the last lines. */
export async function logOf(container: Docker.Container, tail?: number): Promise<string> {
  const frames = await container.logs({
    stdout: true,
    stderr: true,
    ...(tail === undefined ? {} : { tail }),
  });
  return payloadOf(frames);
}

/**
 * What the frames of Docker's attach format carry: a stream's number, three zeros, a length of four
 * bytes, the payload. The client library's own reader calls itself for each frame: a busy container's
 * log is too long for it.
 */
function payloadOf(frames: Buffer): string {
  const payloads: Buffer[] = [];
  for (let at = 0; at + HEADER <= frames.length; ) {
    const end = at + HEADER + frames.readUInt32BE(at + 4);
    payloads.push(frames.subarray(at + HEADER, end));
    at = end;
  }
  return Buffer.concat(payloads).toString();
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
