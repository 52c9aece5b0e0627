const MOST_WORDS = 1024;
/** Characters; a longer word is computed each time. */
const LONGEST_WORD = 256;

/** The results of a function, by the words from outside for which it was called: bounded memory. */
export class Remembered<const Result> {
  readonly #results = new Map<string, Result>();
  readonly #compute: (word: string) => Result;

  constructor(compute: (word: string) => Result) {
    this.#compute = compute;
  }

  of(word: string): Result {
    const known = this.#results.get(word);
    if (known !== undefined) return known;
    const result = this.#compute(word);
    if (word.length > LONGEST_WORD) return result;
    if (this.#results.size >= MOST_WORDS) this.#results.clear();
    this.#results.set(word, result);
    return result;
  }
}
