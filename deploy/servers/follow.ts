import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as pause } from "node:timers/promises";
import { VERBOSE } from "../command.ts";
import { Interruption } from "../interruption.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { WithoutBuildLines } from "./build-lines.ts";
import { type Connection, LOST } from "./connection.ts";
import { followScript, startScript, stopScript, type Work } from "./work.ts";

/** How long a lost connection is made anew, in milliseconds, and how often. */
const RECONNECT_FOR = 60_000;
const RECONNECT_EVERY = 2_000;

/**
 * Runs a work on the server and shows its output. If the connection is lost it goes on there; this goes on to follow
 * it when the server can be reached again. Ctrl-C has it stop, and waits until it has.
 * @returns its exit code
 * @throws Problem (exit code 69) if the server cannot be reached again: the work goes on
 */
export async function runWork(connection: Connection, work: Work, name: string): Promise<number> {
  const started = await connection.run(startScript(work));
  if (started.code !== 0) {
    throw new Problem(
      `${work.title} did not start on the server (${started.stderr.trim() || "the connection is lost"}): ` +
        `make releases TO=${name} says whether it did`,
      UNAVAILABLE_EXIT_CODE,
    );
  }
  using interruption = new Interruption();
  void interruption.arrived.then(() => connection.run(stopScript(work)));
  const seen = { bytes: 0 };
  let lostAt: number | undefined;
  for (;;) {
    const before = seen.bytes;
    const code = await follow(connection, work, seen);
    if (code !== LOST) return code;
    if (seen.bytes > before) lostAt = undefined;
    if (lostAt === undefined) {
      process.stderr.write(
        "gatehouse: the connection is lost; the work goes on there: connecting again\n",
      );
    }
    lostAt ??= performance.now();
    if (performance.now() - lostAt > RECONNECT_FOR) {
      throw new Problem(
        `the server cannot be reached: ${work.title} goes on there, to its end or its refusal; ` +
          `make releases TO=${name} shows which, and ${work.folder}/.releases/runs/${work.id}/log what it wrote`,
        UNAVAILABLE_EXIT_CODE,
      );
    }
    await pause(RECONNECT_EVERY);
  }
}

async function follow(
  connection: Connection,
  work: Work,
  seen: { bytes: number },
): Promise<number> {
  const child = connection.spawn(followScript(work, seen.bytes));
  // A character that the connection's end cuts apart is shown as two: its bytes are counted all the same.
  const decoder = new StringDecoder("utf8");
  const filter = VERBOSE ? undefined : new WithoutBuildLines();
  child.stdout?.on("data", (chunk: Buffer) => {
    seen.bytes += chunk.length;
    const text = decoder.write(chunk);
    process.stdout.write(filter === undefined ? text : filter.add(text));
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  process.stdout.write(filter?.end() ?? "");
  if (code !== null && code !== 0 && code !== LOST && stderr !== "") process.stderr.write(stderr);
  return code ?? LOST;
}
