/** The stages of a long command. Each prints when it starts, what it does, and how long it took. */
export class Stages {
  readonly #total: number;
  readonly #write: (text: string) => void;
  readonly #start = performance.now();
  readonly #done: string[] = [];

  constructor(total: number, write: (text: string) => void = (text) => process.stdout.write(text)) {
    this.#total = total;
    this.#write = write;
  }

  /** Runs the next stage. `work` may `say` lines, and returns the sentence that ends the stage. */
  async run(name: string, work: (say: (line: string) => void) => Promise<string>): Promise<void> {
    this.#write(`[${this.#done.length + 1}/${this.#total}] ${name}\n`);
    const start = performance.now();
    try {
      const sentence = await work((line) => this.#write(`      ${line}\n`));
      this.#write(`      ${sentence} (${seconds(performance.now() - start)})\n`);
    } catch (error) {
      this.#write(`      failed after ${seconds(performance.now() - start)}\n`);
      throw error;
    }
    this.#done.push(`${name} ${seconds(performance.now() - start)}`);
  }

  /** The time since the first stage. */
  elapsed(): string {
    return seconds(performance.now() - this.#start);
  }

  /** Every passed stage with its time, and the total, in one line. */
  summary(): string {
    return `${this.#done.join(", ")}: ${this.elapsed()} in total`;
  }
}

/** Formats milliseconds: "0.3 s". */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
