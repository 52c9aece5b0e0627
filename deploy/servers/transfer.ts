import { once } from "node:events";
import { text } from "node:stream/consumers";
import { Program } from "../backups/program.ts";
import { lastLine } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import type { Connection } from "./connection.ts";

/**
 * Has a script of the server read what a program of this machine writes.
 * @param what is sent, for messages
 * @throws Problem (exit code 69) with the reason of the side that failed
 */
export async function transfer(
  connection: Connection,
  [command, args]: readonly [string, readonly string[]],
  script: string,
  what: string,
): Promise<void> {
  const source = new Program(command, args);
  source.stdin.end();
  const there = connection.spawn(script, source.stdout);
  const stderr = there.stderr === null ? Promise.resolve("") : text(there.stderr);
  there.stdout?.resume();
  const [code] = (await once(there, "close")) as [number | null];
  source.kill();
  if (code === 0 && (await source.ended) === 0) return;
  const reason = lastLine(await stderr) || lastLine(source.stderr) || `exit code ${code}`;
  throw new Problem(
    `${what} did not reach the server (${reason}): nothing was changed; try again`,
    UNAVAILABLE_EXIT_CODE,
  );
}
