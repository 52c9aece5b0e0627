import type { CommandResult } from "../../command.ts";
import type { StandInName } from "./stand-ins.ts";

const TAIL = 40;

/** What apt, npm, Go and BuildKit print when a host cannot be reached. */
const UNREACHABLE =
  /could not resolve|temporary failure resolving|no such host|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|could not connect|cannot initiate the connection|connection timed out|connection refused|i\/o timeout|network is unreachable/i;

/** SIGINT and SIGTERM, as `run` reports them. */
const INTERRUPTED = new Set([130, 143]);

const SOURCES: Partial<Readonly<Record<StandInName, string>>> = {
  node: "Debian's packages or npm's",
  mail: "Debian's packages, npm's or Go's module proxy",
  k6: "Debian's packages or Go's module proxy",
};

/**
 * Why a stand-in could not be made, and what to do; `lines` is the end of the build's output, if that
 * says more than the message.
 */
export function failureOf(name: StandInName, result: CommandResult) {
  const message = knownFailure(name, result);
  if (message !== undefined) return { message, lines: [] };
  return {
    message:
      `the base image ${name} could not be made (exit code ${result.code}): see the lines above, ` +
      "or all of them with VERBOSE=1",
    lines: result.output.trimEnd().split("\n").slice(-TAIL),
  };
}

function knownFailure(name: StandInName, { code, output }: CommandResult): string | undefined {
  const image = `the base image ${name}`;
  if (INTERRUPTED.has(code)) return `${image} was interrupted: run the command again`;
  if (/no space left on device/i.test(output)) {
    return `${image} could not be made: no space left; free some (docker system df)`;
  }
  if (!UNREACHABLE.test(output)) return undefined;
  return (
    `no image registry responds, and ${SOURCES[name] ?? "Debian's packages"} cannot be reached for ` +
    `${image}: check the network and its proxy, or set images that the engine has in .env`
  );
}
