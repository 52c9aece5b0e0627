import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { docker } from "./docker.ts";

/** Runs a command in a running container; its exit code and what it wrote. */
export async function exec(
  container: Docker.Container,
  command: readonly string[],
): Promise<{ code: number; output: string }> {
  const started = await container.exec({
    Cmd: [...command],
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
