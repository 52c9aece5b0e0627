import type { CommandResult } from "../../command.ts";
import type { StandInName } from "./stand-ins.ts";

/** The report of a build that failed. */
export interface Failure {
  readonly message: string;
  /** The end of its output, if that says more than the message. */
  readonly lines: readonly string[];
}

const TAIL = 40;

/** What apt, npm, Go and BuildKit print when a host cannot be reached. */
const UNREACHABLE =
  /could not resolve|temporary failure resolving|no such host|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|could not connect|cannot initiate the connection|connection timed out|connection refused|i\/o timeout|network is unreachable/i;

/** SIGINT and SIGTERM, as `run` reports them. */
const INTERRUPTED = new Set([130, 143]);

const DISK_FULL = /no space left on device/i;

const SOURCES: Readonly<Record<StandInName, string>> = {
  debian: "Debian's packages",
  node: "Debian's packages or npm's",
  postgres: "Debian's packages",
  nginx: "Debian's packages",
  k6: "Debian's packages or Go's module proxy",
  playwright: "Debian's packages",
};

/** Why a stand-in could not be made, and what to do. */
export function failureOf(name: StandInName, result: CommandResult): Failure {
  if (INTERRUPTED.has(result.code)) {
    return {
      message: `the base image ${name} was interrupted: run the command again`,
      lines: [],
    };
  }
  if (DISK_FULL.test(result.output)) {
    return {
      message: `the base image ${name} could not be made: no space left; free some (docker system df)`,
      lines: [],
    };
  }
  if (UNREACHABLE.test(result.output)) {
    return {
      message:
        `no image registry responds, and ${SOURCES[name]} cannot be reached for the base image ${name}: ` +
        "check the network and its proxy, or set images that the engine has in .env",
      lines: [],
    };
  }
  return {
    message:
      `the base image ${name} could not be made (exit code ${result.code}): see the lines above, ` +
      "or all of them with VERBOSE=1",
    lines: result.output.trimEnd().split("\n").slice(-TAIL),
  };
}
