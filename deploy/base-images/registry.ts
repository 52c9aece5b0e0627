import Docker from "dockerode";
import { run } from "../command.ts";

/** A registry that has not answered by then is none for a build that is waited for. Milliseconds. */
const ANSWER_TIMEOUT = 5_000;

/**
 * Whether a registry offers an image, asked by the engine itself, so with its mirrors and its
 * proxy. Takes about 5 seconds at most; never throws.
 * @param image a full reference: "node:26.10.0-trixie-slim"
 */
export async function registryAnswers(image: string): Promise<boolean> {
  const docker = new Docker({ ...(await engineSocket()), timeout: ANSWER_TIMEOUT });
  return docker
    .getImage(image)
    .distribution()
    .then(
      () => true,
      () => false,
    );
}

/** The socket of the engine that the docker command uses; dockerode knows no docker contexts. */
async function engineSocket(): Promise<{ socketPath?: string }> {
  const { stdout } = await run("docker", [
    ...["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"],
  ]);
  const socketPath = /^unix:\/\/(\S+)/.exec(stdout)?.[1];
  return socketPath === undefined ? {} : { socketPath };
}
