import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import type { Child } from "./child.ts";

/** What proves that a process id still means one of ours. */
const OURS = /services\/(web|gateway)\/main\.ts/;

/** The processes of a chain whose `make dev` was killed, so that it could not end them. */
export class Leftovers {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, "children");
  }

  /** Writes down who runs now. */
  remember(children: readonly Child[]): void {
    writeFileSync(this.#file, children.map(({ pid }) => `${pid}\n`).join(""));
  }

  /** Kills those who still run from the last time, with all that they have started. */
  async end(): Promise<void> {
    const text = await readFile(this.#file, "utf8").catch(() => "");
    for (const pid of text
      .split("\n")
      .map(Number)
      .filter((number) => number > 1)) {
      const { stdout } = await run("ps", ["-o", "args=", "-p", String(pid)]);
      if (OURS.test(stdout)) process.kill(-pid, "SIGKILL");
    }
  }
}
