import { printable } from "./print.ts";

/** The stages of a long command. Each prints when it starts, what it does, and how long it took. */
export class Stages {
  readonly #total: number | undefined;
  readonly #write: (text: string) => void;
  readonly #start = performance.now();
  readonly #running = new Set<Stage>();
  readonly #passed: string[] = [];
  #started = 0;

  /** @param total the number of stages, if it is known */
  constructor(
    total?: number,
    write: (text: string) => void = (text) => process.stdout.write(text),
  ) {
    this.#total = total;
    this.#write = write;
  }

  /**
   * Runs the next stage. `work` may `say` lines, and returns the sentence that ends the stage. Several
   * stages may run at the same time: then their lines begin with their names.
   */
  async run(name: string, work: (say: (line: string) => void) => Promise<string>): Promise<void> {
    const stage: Stage = { name, shared: this.#running.size > 0 };
    for (const other of this.#running) other.shared = true;
    this.#running.add(stage);
    const say = (line: string): void => {
      this.#write(`      ${stage.shared ? `${name}: ` : ""}${printable(line)}\n`);
    };
    this.#started += 1;
    this.#write(
      `[${this.#started}${this.#total === undefined ? "" : `/${this.#total}`}] ${name}\n`,
    );
    const start = performance.now();
    const time = (): string => seconds(performance.now() - start);
    try {
      const sentence = await work(say);
      say(`${sentence} (${time()})`);
    } catch (error) {
      say(`failed after ${time()}`);
      throw error;
    } finally {
      this.#running.delete(stage);
    }
    this.#passed.push(`${name} ${time()}`);
  }

  /** The time since the first stage. */
  elapsed(): string {
    return seconds(performance.now() - this.#start);
  }

  /** Every passed stage with its time, and the total, in one line. */
  summary(): string {
    return `${this.#passed.join(", ")}: ${this.elapsed()} in total`;
  }
}

interface Stage {
  readonly name: string;
  /** Whether another stage runs, or has run, at the same time. */
  shared: boolean;
}

/** Formats milliseconds: "0.3 s". */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
