import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { StringDecoder } from "node:string_decoder";
import { styleText } from "node:util";
import { exitCodeOf } from "../command.ts";
import { Interruption } from "../interruption.ts";
import { printable } from "../print.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";

/** Without its colours: those of the containers' own text are escaped, and names get theirs here. */
export const LOGS = ["logs", "--no-color", "--follow", "--tail", "100"] as const;

/** Compose writes it in front of a line, for a terminal that shows its progress; no container can write there. */
const ERASE_LINE = "\x1b[2K";

const COLORS = ["cyan", "yellow", "green", "magenta", "blue"] as const;

/** Shows lines of `docker compose logs`. Applications write them, with what their visitors send: no terminal obeys them. */
export class LogLines {
  readonly #colors = new Map<string, (typeof COLORS)[number]>();

  shown(line: string): string {
    const own = line.startsWith(ERASE_LINE) ? line.slice(ERASE_LINE.length) : line;
    const [, prefix = "", name = "", text = own] = /^((\S{1,100}) +\| ?)(.*)$/s.exec(own) ?? [];
    if (name === "") return printable(own);
    const color = this.#colors.get(name) ?? COLORS[this.#colors.size % COLORS.length] ?? "cyan";
    this.#colors.set(name, color);
    return `${styleText(color, printable(prefix))}${printable(text)}`;
  }
}

/**
 * Shows what `docker compose logs` writes to its standard output, until it ends or a signal is received.
 * @param end of a line; a terminal that ssh uses needs both characters
 * @returns its exit code
 * @throws Problem if there is no such program
 */
export async function showLogs(child: ChildProcess, end = "\n"): Promise<number> {
  using interruption = new Interruption(() => child.kill("SIGINT"));
  const closed = ended(child);
  // It may fail while the output is read.
  closed.catch(() => {});
  const lines = new LogLines();
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of child.stdout ?? []) {
    const whole = (rest + decoder.write(chunk)).split("\n");
    rest = whole.pop() ?? "";
    const text = whole.map((line) => `${lines.shown(line.replace(/\r$/, ""))}${end}`).join("");
    if (!process.stdout.write(text)) {
      await Promise.race([once(process.stdout, "drain"), interruption.arrived]);
    }
  }
  if (rest !== "") process.stdout.write(`${lines.shown(rest)}${end}`);
  const code = await closed;
  return interruption.received?.exitCode ?? code;
}

/** @returns the exit code of a program. @throws Problem if there is no such program */
async function ended(child: ChildProcess): Promise<number> {
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return code ?? exitCodeOf(signal ?? "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Problem(`there is no program ${child.spawnfile}`, UNAVAILABLE_EXIT_CODE);
  }
}
