import { Agent, get } from "node:http";
import { stretched } from "@gatehouse/telemetry/testing";

/** Milliseconds between two requests, and that a request may take on a quiet machine. */
const EVERY = 25;
const LONGEST = 2000;

export interface Visit {
  /** What is wrong. */
  readonly wrong: string[];
  /** How many pages were served. */
  readonly asked: number;
  /** Milliseconds, from the request to the end of its response. */
  readonly slowest: number;
  readonly p99: number;
}

/** A visitor who requests a page throughout, on fresh and on kept connections. */
export class Innocent {
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #timer: NodeJS.Timeout;
  #durations: number[] = [];
  #failures: string[] = [];
  #count = 0;
  /** Whether a request is on the kept connection: another one would wait here, not at the server. */
  #keptIsBusy = false;

  /** @param from the address of this visitor */
  constructor(port: number, from: string) {
    this.#timer = setInterval(() => this.#ask(port, from), EVERY);
  }

  /** What happened since the last call. */
  take(): Visit {
    const durations = this.#durations;
    const wrong = this.#failures;
    this.#durations = [];
    this.#failures = [];
    const slowest = Math.round(Math.max(0, ...durations));
    if (slowest > LONGEST && slowest > stretched(LONGEST)) wrong.push(`a page took ${slowest} ms`);
    if (durations.length === 0) wrong.push("no page was served");
    const sorted = durations.toSorted((a, b) => a - b);
    const p99 = Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0);
    return { wrong, asked: durations.length, slowest, p99 };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#kept.destroy();
  }

  #ask(port: number, from: string): void {
    const began = performance.now();
    const kept = this.#count++ % 2 === 0 && !this.#keptIsBusy;
    if (kept) this.#keptIsBusy = true;
    const agent = kept ? this.#kept : false;
    const request = get(
      { port, host: "127.0.0.1", localAddress: from, path: "/", agent },
      (response) => {
        response.resume().on("end", () => {
          this.#durations.push(performance.now() - began);
          if (response.statusCode !== 200) this.#failures.push(`status ${response.statusCode}`);
        });
      },
    );
    request.on("error", (error) => this.#failures.push(error.message));
    if (kept) {
      request.on("close", () => {
        this.#keptIsBusy = false;
      });
    }
  }
}
