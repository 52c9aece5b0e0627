import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { lastLine, run } from "../../command.ts";

/** What is installed of Docker. Versions are as the tools print them: "26.1.5+dfsg1". */
export interface EngineState {
  /** Whether the docker command can be run. */
  readonly client: boolean;
  /** The path of the daemon's program on this machine; undefined if it is not installed. */
  readonly daemon: string | undefined;
  /** The version of the daemon; undefined if it did not respond. */
  readonly engine: string | undefined;
  /** The client's message if the daemon did not respond, else "". */
  readonly refusal: string;
  readonly compose: string | undefined;
  readonly buildx: string | undefined;
}

/** Milliseconds. A busy daemon responds late. */
const RESPONSE_TIMEOUT = 10_000;

/** Inspects the Docker installation that the docker command of this shell uses. Never throws. */
export async function inspectEngine(): Promise<EngineState> {
  const docker = (...args: string[]) => run("docker", args, { timeout: RESPONSE_TIMEOUT });
  const [server, compose, buildx] = await Promise.all([
    docker("version", "--format", "{{.Server.Version}}"),
    docker("compose", "version", "--short"),
    docker("buildx", "version"),
  ]);
  const version = ({ code, stdout }: { code: number; stdout: string }) =>
    code === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
  const engine = version(server);
  return {
    client: server.code !== 127,
    daemon: findDaemon(),
    engine,
    refusal: engine === undefined ? lastLine(server.stderr) || "no response in time" : "",
    compose: version(compose),
    // "github.com/docker/buildx v0.13.1 788433953af1": the second word.
    buildx: version(buildx)?.split(" ")[1],
  };
}

/** The versions in a few words. */
export function versionsOf({ engine, compose, buildx }: EngineState): string {
  return `Docker ${engine}, Compose ${compose}, buildx ${buildx}`;
}

/** The daemon is in /usr/sbin, which is not in the PATH of every user. */
function findDaemon(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, "dockerd")).find((file) => existsSync(file));
}

/** The parts of a Docker installation that the stack needs, and the oldest version of each. */
export const MINIMUMS = {
  engine: { name: "Docker engine", least: "25.0", why: "health checks with start_interval" },
  compose: { name: "Docker Compose", least: "2.24", why: "env_file in its long form" },
  buildx: { name: "Docker buildx", least: "0.12", why: "builds as Compose 2.24 asks for them" },
} as const;

/** All parts, in the order in which their faults are reported. */
export const PARTS = ["engine", "compose", "buildx"] as const;

/**
 * Whether a version ("26.1.5+dfsg1", "v2.24.0", "0.13.1-desktop.1") is lower than another. A
 * version without a number, as a build from source has, counts as new enough.
 */
export function isOlder(version: string, least: string): boolean {
  const numbers = (text: string) =>
    /^v?(\d+(?:\.\d+)*)/.exec(text)?.[1]?.split(".").map(Number) ?? [Infinity];
  const have = numbers(version);
  const difference = numbers(least)
    .map((wanted, index) => (have[index] ?? 0) - wanted)
    .find((each) => each !== 0);
  return difference !== undefined && difference < 0;
}
