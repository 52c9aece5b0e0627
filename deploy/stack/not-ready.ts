import { run } from "../command.ts";
import { readableLine } from "./cause.ts";

const MESSAGE = '"message":"the application is not ready"';
const LINES = "40";

/** Says what keeps an application from being ready, as its gateways have it: each text once. */
export class NotReady {
  readonly #say: (line: string) => void;
  readonly #said = new Set<string>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Looks into the last lines of a container's log. */
  async look(id: string): Promise<void> {
    this.hear((await run("docker", ["logs", "--tail", LINES, id])).output);
  }

  /** @param log some of its lines */
  hear(log: string): void {
    const found = log.split("\n").filter((line) => line.includes(MESSAGE));
    for (const text of found.flatMap(readableLine)) {
      if (this.#said.has(text)) continue;
      this.#said.add(text);
      this.#say(text);
    }
  }
}
