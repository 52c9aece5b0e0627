import { wordsOf } from "../applications/import-module.ts";
import { keepListener } from "../applications/kept-listeners.ts";

/** Characters of the application's last line that are kept. */
const LONGEST = 500;

/**
 * Why a boot ends that the application's own rejections do not show: an error that nothing catches,
 * or a process that ends itself.
 */
export class BootWatch {
  readonly #failed = Promise.withResolvers<never>();
  readonly failed = this.#failed.promise;
  readonly #exiting: (reason: string) => void;
  readonly #restore: (() => void)[];
  #lastWords: string | undefined;

  /** @param exiting is called at the very end of a process that ends itself */
  constructor(exiting: (reason: string) => void) {
    this.#exiting = exiting;
    // The worker may not be waiting for it yet.
    this.failed.catch(() => undefined);
    this.#restore = [
      keepListener("uncaughtException", this.#uncaught),
      keepListener("exit", this.#exited),
    ];
    for (const name of ["stdout", "stderr"] as const) this.#listenTo(name);
  }

  /** What the application has written last, as it would stand in a message. */
  get lastWords(): string {
    return this.#lastWords === undefined ? "" : `; its last words: ${this.#lastWords}`;
  }

  /** The application itself says that it cannot run. */
  fail(error: Error): void {
    this.#failed.reject(error);
  }

  end(): void {
    for (const restore of this.#restore) restore();
  }

  readonly #uncaught = (error: unknown): void => {
    // An application with a listener of its own has decided what an error means.
    if (process.listenerCount("uncaughtException") === 1) this.#failed.reject(error);
  };

  readonly #exited = (code: unknown): void => {
    this.#exiting(`it ended itself with exit code ${code} before it was ready${this.lastWords}`);
  };

  /** Only once the application uses it: to open a stream changes the pipe that the log has too. */
  #listenTo(name: "stdout" | "stderr"): void {
    const property = Object.getOwnPropertyDescriptor(process, name);
    if (property?.get === undefined) return;
    let unhook = () => {};
    const open = () => {
      Object.defineProperty(process, name, property);
      unhook = this.#hook(process[name]);
      return process[name];
    };
    Object.defineProperty(process, name, { ...property, get: open });
    this.#restore.push(() => {
      // What the application has put in its place stays.
      const isOurs = Object.getOwnPropertyDescriptor(process, name)?.get === open;
      if (isOurs) Object.defineProperty(process, name, property);
      unhook();
    });
  }

  #hook(stream: NodeJS.WriteStream): () => void {
    const { write } = stream;
    let isObserved = true;
    const observed = (...args: unknown[]): boolean => {
      if (isObserved) this.#observe(args[0]);
      return Reflect.apply(write, stream, args);
    };
    stream.write = observed;
    return () => {
      isObserved = false;
      if (stream.write === observed) stream.write = write;
    };
  }

  #observe(chunk: unknown): void {
    const lines = String(chunk)
      .split("\n")
      .filter((line) => /\S/.test(line));
    // Of an error that was printed, the line that names it stands before its stack.
    const line = lines.find((one) => /Error\b|\bUncaught\b/.test(one)) ?? lines.at(-1);
    if (line !== undefined) this.#lastWords = line.trim().slice(0, LONGEST);
  }
}

/** One line for the operator, and the whole for the log. */
export function failureOf(error: unknown): { readonly reason: string; readonly detail: string } {
  const reason = wordsOf(error);
  return { reason, detail: error instanceof Error ? (error.stack ?? reason) : reason };
}
