type Mark = "yes" | "NO" | string;

/** Which example shows which behaviour; a mark that is no yes or NO is the reason why it cannot. */
export class Matrix {
  readonly #columns: readonly string[];
  readonly #rows = new Map<string, Map<string, Mark>>();

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  mark(example: string, behaviour: string, mark: Mark): void {
    const row = this.#rows.get(behaviour) ?? new Map();
    this.#rows.set(behaviour, row.set(example, mark));
  }

  toString(): string {
    const reasons = [
      ...new Set([...this.#rows.values()].flatMap((row) => [...row.values()])),
    ].filter((mark) => mark !== "yes" && mark !== "NO");
    const table = [...this.#rows].map(([behaviour, row]) => {
      const marks = this.#columns.map((column) => {
        const mark = row.get(column) ?? "?";
        const note = reasons.indexOf(mark) + 1;
        return note > 0 ? `(${note})` : mark;
      });
      return line(behaviour, marks, this.#columns);
    });
    const head = line("", this.#columns, this.#columns);
    const notes = reasons.map((reason, index) => `(${index + 1}) ${reason}`);
    return [head, ...table, ...notes].join("\n");
  }
}

function line(first: string, cells: readonly string[], columns: readonly string[]): string {
  const padded = cells.map((cell, index) => cell.padEnd(columns[index]?.length ?? 0));
  return [first.padEnd(76), ...padded].join("  ").trimEnd();
}
