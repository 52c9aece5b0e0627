import { createInterface } from "node:readline";
import { lastLine } from "../command.ts";
import { Problem } from "../problem.ts";
import type { ResultOf, Verb } from "./media-process.ts";
import type { Program } from "./program.ts";

/** Where the media are in the container, and in them what a backup copies and what a restore brings. */
export const MEDIA = "/srv/media";
export const LINKED_MEDIA = `${MEDIA}/.gatehouse-backup`;
export const STAGED_MEDIA = `${MEDIA}/.gatehouse-restore`;

/** The process beside the media: media-process.ts has its verbs. */
export class MediaProcess {
  readonly #program: Program;
  readonly #lines: AsyncIterator<string>;

  constructor(program: Program) {
    this.#program = program;
    this.#lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Problem with its reason */
  async run<Name extends Verb>(verb: Name): Promise<ResultOf<Name>> {
    this.#program.stdin.write(`${verb}\n`);
    const { done, value } = await this.#lines.next();
    if (done) {
      await this.#program.ended;
      throw new Problem(
        `the media: ${lastLine(this.#program.stderr) || "their process has ended"}`,
      );
    }
    const { result, error } = JSON.parse(value);
    if (error !== undefined) throw new Problem(`the media: ${error}`);
    return result;
  }
}
