import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { until } from "./deadline.ts";

/** The engine: the tests inspect containers and break things through it. */
export const docker = new Docker();

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

/** Runs a command in a running container, as its own user unless `as` says more; its exit code and what it wrote. */
export async function exec(
  container: Docker.Container,
  command: readonly string[],
  as: Pick<Docker.ExecCreateOptions, "User" | "Privileged"> = {},
): Promise<{ code: number; output: string }> {
  const started = await container.exec({
    Cmd: [...command],
    ...as,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await started.start({});
  const merged = new PassThrough();
  docker.modem.demuxStream(stream, merged, merged);
  stream.once("end", () => merged.end());
  const output = await text(merged);
  const { ExitCode } = await started.inspect();
  return { code: ExitCode ?? -1, output };
}

/** Waits until Docker finds a container healthy, for a minute at most. */
export async function healthy(container: Docker.Container): Promise<void> {
  await until(
    "the container is healthy",
    async () => (await container.inspect()).State.Health?.Status === "healthy",
    { within: 60_000, evidence: () => logOf(container, 15) },
  );
}
