import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as pause } from "node:timers/promises";
import { VERBOSE } from "../command.ts";
import { print, printError } from "../print.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { WithoutBuildLines } from "./build-lines.ts";
import { type Connection, LOST } from "./connection.ts";
import { STATE } from "./lock.ts";
import { followScript, type RemoteCommand, startScript } from "./remote-command.ts";
import { Stop } from "./stop.ts";

/** How long a lost connection is made anew, in milliseconds, and how often. */
const RECONNECT_FOR = 60_000;
const RECONNECT_EVERY = 2_000;

/**
 * Runs a command on the server and shows its output. If the connection is lost it goes on there; this goes on to
 * follow it when the server can be reached again. Ctrl-C has it stop, and waits until it has.
 * @param name of the environment
 * @returns its exit code
 * @throws Problem (exit code 69) if the server cannot be reached again: the command goes on
 */
export async function runRemoteCommand(
  connection: Connection,
  command: RemoteCommand,
  name: string,
): Promise<number> {
  const { title, folder, id } = command;
  // From before its start: Ctrl-C must reach a command whose start has just been sent.
  using stop = new Stop(connection, command);
  const started = await connection.run(startScript(command));
  if (started.code !== 0) {
    const reason = started.stderr.trim() || "the connection is lost";
    throw new Problem(
      `${title} did not start on the server (${stop.exitCode ? "stopped" : reason}): ` +
        `make releases TO=${name} says whether it did`,
      stop.exitCode ?? UNAVAILABLE_EXIT_CODE,
    );
  }
  const seen = { bytes: 0 };
  let lostAt: number | undefined;
  for (;;) {
    const before = seen.bytes;
    const code = await follow(connection, command, seen);
    if (code !== LOST) return code;
    if (seen.bytes > before) lostAt = undefined;
    if (lostAt === undefined) {
      printError(`gatehouse: the connection is lost; ${title} goes on there: connecting again\n`);
    }
    lostAt ??= performance.now();
    if (performance.now() - lostAt > RECONNECT_FOR) {
      throw new Problem(
        `the server cannot be reached: ${title} goes on there, to its end or its refusal; ` +
          `make releases TO=${name} shows which, and ${folder}/${STATE}/commands/${id}/log what it wrote`,
        UNAVAILABLE_EXIT_CODE,
      );
    }
    await pause(RECONNECT_EVERY);
  }
}

async function follow(
  connection: Connection,
  command: RemoteCommand,
  seen: { bytes: number },
): Promise<number> {
  const child = connection.spawn(followScript(command, seen.bytes));
  // A character that the connection's end cuts apart is shown as two: its bytes are counted all the same.
  const decoder = new StringDecoder("utf8");
  const filter = VERBOSE ? undefined : new WithoutBuildLines();
  child.stdout?.on("data", (chunk: Buffer) => {
    seen.bytes += chunk.length;
    const text = decoder.write(chunk);
    print(filter === undefined ? text : filter.add(text));
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  print(filter?.end() ?? "");
  if (code !== null && code !== 0 && code !== LOST && stderr !== "") printError(stderr);
  return code ?? LOST;
}
