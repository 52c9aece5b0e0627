import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run } from "../command.ts";

/** What is there of a Docker installation. Versions are the tools' own words: "26.1.5+dfsg1". */
export interface EngineState {
  /** Whether the docker command can be run. */
  readonly client: boolean;
  /** Where the daemon's program lies on this host; undefined if it is not there. */
  readonly daemon: string | undefined;
  /** The version of the daemon that answered; undefined if none did. */
  readonly engine: string | undefined;
  /** Why no daemon answered, in the client's words; empty if one did. */
  readonly refusal: string;
  readonly compose: string | undefined;
  readonly buildx: string | undefined;
}

/** A daemon that is busy answers late; one that is not there says so at once. Milliseconds. */
const ANSWER_TIMEOUT = 10_000;

/** Looks at the Docker installation that the docker command of this shell reaches; never throws. */
export async function inspectEngine(): Promise<EngineState> {
  const docker = (...args: string[]) => run("docker", args, { timeout: ANSWER_TIMEOUT });
  const [server, compose, buildx, daemon] = await Promise.all([
    docker("version", "--format", "{{.Server.Version}}"),
    docker("compose", "version", "--short"),
    docker("buildx", "version"),
    findDaemon(),
  ]);
  const version = ({ code, stdout }: { code: number; stdout: string }) =>
    code === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
  const engine = version(server);
  return {
    client: server.code !== 127,
    daemon,
    engine,
    refusal: engine === undefined ? refusalOf(server.stderr) : "",
    compose: version(compose),
    // "github.com/docker/buildx v0.13.1 788433953af1": the second word.
    buildx: version(buildx)?.split(" ")[1],
  };
}

function refusalOf(stderr: string): string {
  const line = stderr.trim().split("\n").at(-1) ?? "";
  return line === "" ? "no answer in time" : line;
}

/** The daemon lies in /usr/sbin, which an ordinary user's PATH, or root's after `su`, may lack. */
async function findDaemon(): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  for (const folder of folders) {
    const file = join(folder, "dockerd");
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}
